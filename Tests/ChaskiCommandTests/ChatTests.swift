import ChaskiTestSupport
import Foundation
import Testing

/// A chat whose lines come from a pipe.
@Suite(.enabled(if: Shared.isPresent, Shared.reason))
struct ChatTests {
  private func chat(_ lines: [String]) throws -> Program.Result {
    try Program.run(
      ["chat", Shared.url("data/stories260K/stories260K.gguf").path, "-n", "5", "--seed", "1"],
      input: lines.map { $0 + "\n" }.joined()
    )
  }

  @Test(arguments: [
    ("/set foo 3", "--foo"), ("/set temperature x", "temperature"),
    ("/set max-tokens 0", "max-tokens"),
    ("/load /nowhere/file", "no file at /nowhere/file"), ("/load /", "folder"),
    ("/load \(#filePath)", "no saved conversation"), ("/save /nowhere/file", "/nowhere/file"),
    ("/save /dev/null", "not a regular file"), ("/dance", "/help"), ("/retry", "Nothing"),
  ])
  func `a wrong command is told in plain words and ends nothing`(
    command: String,
    expected: String
  ) throws {
    let result = try chat([command, "/stats", "/bye"])
    #expect(result.status == 0)
    let text = result.output + result.error
    #expect(text.contains(expected))
    #expect(!text.contains("Error Domain") && !text.contains("CommandError"))
    #expect(result.output.contains("No answer yet."))
  }

  @Test
  func `options are set by the names of the command line, whichever line they are written with`()
    throws
  {
    let result = try chat(["/set top_k 3", "/set --top-n-sigma -1", "/set temp=0.5", "/set"])
    #expect(result.error.isEmpty)
    #expect(result.output.contains("top-k 3\n"))
    #expect(result.output.contains("temperature 0.5\n"))
  }

  @Test func `a conversation is saved, forgotten and loaded again`() throws {
    let file = FileManager.default.temporaryDirectory.appending(path: "\(UUID().uuidString).json")
    defer { try? FileManager.default.removeItem(at: file) }
    let result = try chat([
      "Hello \\", "there", "/save \(file.path)", "/clear", "/load \(file.path)", "/stats",
    ])
    #expect(result.status == 0)
    #expect(result.output.contains("2 messages saved"))
    #expect(result.output.contains("2 messages loaded"))
    #expect(result.output.contains("tok/s"))
    let saved = try String(contentsOf: file, encoding: .utf8)
    #expect(saved.contains(#""content":"Hello \nthere""#))
  }
}
