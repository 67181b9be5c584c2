// Owns: what a user may type, and what is refused.

import ChaskiHub
import Foundation
import Testing

@Suite struct ModelReferenceTests {
  private func parse(_ text: String, in folder: URL) throws -> ModelReference {
    try ModelReference(parsing: text, currentDirectory: folder, homeDirectory: folder)
  }

  private let nowhere = URL(filePath: "/nonexistent-folder")

  @Test func `a file that exists is meant, however it is written`() async throws {
    try await withFolder { folder in
      let below = folder.appending(path: "sub dir", directoryHint: .isDirectory)
      try FileManager.default.createDirectory(at: below, withIntermediateDirectories: true)
      let file = below.appending(path: "m.gguf")
      try Data([1]).write(to: file)
      try Data([1]).write(to: folder.appending(path: "smollm2"))
      try Data([1]).write(to: folder.appending(path: "hf:a"))
      let texts = [
        "sub dir/m.gguf", "./sub dir/m.gguf", "sub dir/../sub dir/m.gguf", "~/sub dir/m.gguf",
        file.path,
      ]
      for text in texts {
        guard case .file(let url) = try parse(text, in: folder) else {
          Issue.record("\(text) is no file")
          continue
        }
        #expect(url.path == file.standardizedFileURL.path)
      }
      for text in ["smollm2", "hf:a"] {
        #expect(try parse(text, in: folder) == .file(folder.appending(path: text)))
      }
      #expect(throws: HubError.notAFile(path: below.standardizedFileURL.path)) {
        try parse("./sub dir", in: folder)
      }
    }
  }

  @Test func `a folder does not hide a model of its name`() async throws {
    try await withFolder { folder in
      try FileManager.default.createDirectory(
        at: folder.appending(path: "smollm2"),
        withIntermediateDirectories: true
      )
      #expect(try parse("smollm2", in: folder) == .name("smollm2"))
    }
  }

  @Test(arguments: ["smollm2", "SmolLM2", "smollm2:135m-q4_1", "llama3.2:1b"])
  func `a word, perhaps with a tag, is a catalogue's name`(_ text: String) throws {
    #expect(try parse(text, in: nowhere) == .name(text.lowercased()))
  }

  @Test(arguments: [
    ("hf:acme/tiny", nil, nil), ("hf:acme/tiny@v1.0", nil, "v1.0"),
    ("hf:acme/tiny/a/b.gguf", "a/b.gguf", nil),
    ("hf:acme/tiny/b.GGUF@refs/pr/3", "b.GGUF", "refs/pr/3"),
    ("hf.co/acme/tiny", nil, nil), ("https://huggingface.co/acme/tiny", nil, nil),
    ("https://hf.co/acme/tiny/blob/main/x/b.gguf?download=true", "x/b.gguf", "main"),
    ("https://huggingface.co/acme/tiny/tree/main", nil, "main"),
  ])
  func `a model on a hub is written in several ways`(
    _ text: String,
    _ file: String?,
    _ revision: String?
  ) throws {
    let expected = try HubModel(
      owner: "acme",
      repository: "tiny",
      file: file,
      revision: revision
    )
    #expect(try parse(text, in: nowhere) == .hub(expected))
    #expect(try HubModel(parsing: String(expected.description.dropFirst(3))) == expected)
  }

  @Test(arguments: [
    "model.gguf", "folder/model.gguf", "./x", "../x", "/x/y", "~/x", "~", "acme/tiny", ".",
  ])
  func `a path to nothing is an error and not a name`(_ text: String) {
    #expect {
      try parse(text, in: nowhere)
    } throws: {
      guard case .noSuchFile(_, let hint) = $0 as? HubError else { return false }
      return (hint == "for a model on a hub write hf:acme/tiny") == (text == "acme/tiny")
    }
  }

  @Test(arguments: [
    "", " ", "a b", "a:b:c", ":", "a:", ":b", "-rf", "a\u{0}b", "a\u{1B}[31m", "a\nb", "ä",
    "hf:", "hf:acme", "hf:acme/", "hf:/tiny", "hf:../tiny", "hf:acme/..", "hf:acme/tiny/",
    "hf:acme/tiny/../x.gguf", "hf:acme/tiny//x.gguf", "hf:acme/tiny/x.bin", "hf:acme/tiny@",
    "hf:acme/tiny@../..", "hf:acme/tiny@a//b", "hf:acme/tiny@-x", "hf:acme/ti ny", "hf:-a/b",
    "hf:acme/tiny/x\u{202E}.gguf", "hf:a%2Fb/c", "hf:acme/tiny/\\..\\x.gguf",
    "hf:acme/tiny?x=1", "hf:user:pw@host/tiny", "a\u{2028}b",
  ])
  func `a hostile or broken text is refused`(_ text: String) {
    #expect {
      try parse(text, in: nowhere)
    } throws: {
      switch $0 as? HubError {
      case .invalidReference, .unsafeName: true
      default: false
      }
    }
  }

  @Test(arguments: ["", "hf:", "hf:a/", "/"])
  func `a text of endless length is refused`(_ prefix: String) {
    #expect(throws: HubError.self) {
      try parse(prefix + String(repeating: "a", count: 1_000_000), in: nowhere)
    }
  }

  @Test func `an error's sentence cannot steer a terminal`() {
    let errors: [HubError] = [
      .noSuchFile(path: "\u{1B}[2J\u{7}", hint: nil),
      .invalidReference(text: "\u{9B}x", reason: "r"),
      .pipFailed(package: "p", status: "s", detail: "\u{1B}]0;x\u{7}"),
      .hubStatus(host: "h", status: 500, message: "a\r\nb"),
      .ambiguousFile(repository: "r", choices: ["\u{202E}"]),
    ]
    for error in errors {
      #expect(!"\(error)".unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x9B })
      #expect(!"\(error)".unicodeScalars.contains("\u{202E}"))
    }
  }
}
