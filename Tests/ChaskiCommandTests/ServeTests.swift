import ChaskiTestSupport
import Foundation
import Testing

/// `chaski serve`: which models, by which names, and its start and end.
struct ServeTests {
  private static let model = Shared.url("data/stories260K/stories260K.gguf").path

  @Test(arguments: [
    (["a", "b", "--alias", "x"], "use NAME=MODEL"), (["a", "--alias", "x=b"], "use NAME=MODEL"),
    (["a", "b", "--alias", "b=a"], "are both called b"), (["a", "a"], "are both called a"),
    (["./m.gguf", "/x/m.gguf"], "are both called m"),
    (["a", "--alias", "x", "--alias", "y"], "has another alias"),
    (["a", "--alias", "=a"], "the name is empty"), (["a", "--memory", "lots"], "--memory lots"),
    (["a", "--keep-alive", "0"], "--keep-alive 0"),
    (["a", "--keep-alive", "-1"], "--keep-alive -1"),
  ])
  func `names and sizes that make no sense are refused`(arguments: [String], expected: String)
    throws
  {
    let result = try Program.run(["serve"] + arguments)
    #expect(result.status == 64)
    #expect(result.error.contains(expected))
  }

  @Test(.enabled(if: Shared.isPresent, Shared.reason))
  func `a model that the memory does not hold is told at the start, with both sizes`() throws {
    let result = try Program.run(["serve", Self.model, "--memory", "1M"])
    #expect(result.status == 64)
    #expect(result.error.contains("and --memory gives 1 MB"))
  }

  @Test(.enabled(if: Shared.isPresent, Shared.reason), arguments: [[], ["--lazy"]])
  func `two models of one file are served by their names until Ctrl-C`(options: [String]) throws {
    let arguments = ["serve", Self.model, "\(Self.model)", "--port", "0"] + options
    let doubled = try Program.run(arguments)
    #expect(doubled.status == 64)
    try withTemporaryFolder { temporary in
      let folder = temporary.url
      let copy = folder.appending(path: "copy.gguf").path
      try FileManager.default.copyItem(atPath: Self.model, toPath: copy)
      let result = try Program.run(
        ["serve", Self.model, copy, "--alias", "second=\(copy)", "--port", "0"] + options
      ) { $0.contains("Serving ") }
      #expect(result.status == 0)
      #expect(result.error.contains("Serving stories260K, second at http://127.0.0.1:"))
      #expect(result.error.contains("model loaded") == options.isEmpty)
    }
  }

  @Test(.enabled(if: Shared.isPresent, Shared.reason))
  func `a log for programs is JSON, line by line`() throws {
    let result = try Program.run(["serve", Self.model, "--port", "0", "--log-format", "json"]) {
      $0.contains("\"serving\"")
    }
    #expect(result.status == 0)
    let lines = try result.error.split(separator: "\n").map {
      try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any]
    }
    #expect(
      lines.map { $0?["message"] as? String } == ["model loaded", "serving", "leaving", "drained"]
    )
    #expect(
      lines.allSatisfy { $0?["level"] != nil && ($0?["time"] as? String)?.hasSuffix("Z") == true }
    )
    #expect((lines.first??["milliseconds"] as? Int) != nil)
    #expect((lines[1]?["address"] as? String)?.hasPrefix("http://127.0.0.1:") == true)
  }

  @Test(.enabled(if: Shared.isPresent, Shared.reason))
  func `certificate files are checked before models are loaded`() throws {
    let result = try Program.run([
      "serve", "no-such-model", "--tls-certificate", "/nowhere.pem", "--tls-key", "/nowhere.key",
    ])
    #expect(result.status == 1)
    #expect(result.error.contains("/nowhere.pem cannot be used for TLS"))
  }
}
