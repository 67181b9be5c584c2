import ChaskiTestSupport
import Foundation
import Testing

/// `chaski quantize` and `convert` of a folder, as a user runs them.
@Suite(.enabled(if: Shared.isPresent, Shared.reason))
struct QuantizeFolderTests {
  private static let folder = Shared.url("fixtures/e2e/llama-spm").path

  @Test func `a quantised folder keeps its tokenizer and template`() throws {
    let file = FileManager.default.temporaryDirectory.appending(path: "chaski-\(UUID()).gguf")
    defer { try? FileManager.default.removeItem(at: file) }
    let made = try Program.run(["quantize", Self.folder, file.path, "Q8_0", "--no-receipt"])
    #expect(made.status == 0, "\(made.error)")
    let run = try Program.run(["run", file.path, "--raw", "The", "-n", "8", "--temp", "0"])
    #expect(run.status == 0 && !run.output.isEmpty, "\(run.error)")
    for arguments in [
      ["tokenize", "Hello, w\u{F6}rld! <s>  two"], ["show", "--template"],
    ] {
      let rest = Array(arguments.dropFirst())
      let expected = try Program.run([arguments[0], Self.folder] + rest)
      let found = try Program.run([arguments[0], file.path] + rest)
      #expect(expected.status == 0 && !expected.output.isEmpty, "\(expected.error)")
      #expect(found.status == 0 && found.output == expected.output, "\(found.error)")
    }
  }
}
