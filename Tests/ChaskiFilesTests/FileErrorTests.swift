// Owns: tests of the sentences users read.
// Does not own: when each error is thrown.

import ChaskiFiles
import Testing

struct FileErrorTests {
  @Test func `a sentence names the file, the place, the need and the way out`() {
    let error = FileError.truncated(
      file: "model.gguf",
      item: "tensor output.weight",
      offset: 96,
      needed: 4_000,
      left: 12
    )
    #expect(
      error.description
        == "model.gguf is cut off: at byte 96, tensor output.weight needs 4000 bytes and 12 are "
        + "left; fetch the file again."
    )
  }

  @Test func `names from files cannot command the terminal or fill the screen`() {
    let hostile = "\u{1B}[2J\u{202E}" + String(repeating: "x", count: 60_000)
    let text = FileError.duplicate(file: "m", item: hostile, offset: 0).description
    #expect(text.contains("\\u{1b}[2J\\u{202e}xxx"))
    #expect(!text.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x202E })
    #expect(text.count < 400)
  }
}
