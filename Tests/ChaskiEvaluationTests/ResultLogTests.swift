import ChaskiEvaluation
import Foundation
import Testing

/// Files of results from strangers.
struct ResultLogTests {
  private static let first =
    #"{"examples":0,"model":"stories260K.gguf","settings":"","task":"choices"}"#
  private static let line =
    #"{"hash":"0123456789abcdef","isShortened":false,"item":0,"values":{"acc":1}}"#

  private func open(_ text: String, _ body: (ResultLog) throws -> Void) async throws {
    try await TemporaryLog.with { path in
      try Data(text.utf8).write(to: URL(filePath: path))
      try body(try ResultLog(path: path, identity: TemporaryLog.identity))
    }
  }

  @Test func `whole lines are read, the last of equals stands`() async throws {
    let other = Self.line.replacing("\"acc\":1", with: "\"acc\":0")
    try await open("\(Self.first)\n\(Self.line)\n\(other)\n") { log in
      #expect(log.results.count == 1)
      #expect(log.results[0]?.values == ["acc": 0])
    }
  }

  @Test(arguments: ["", "{\"exam", first])
  func `a file that was killed at its beginning is begun again`(text: String) async throws {
    try await open(text) { #expect($0.results.isEmpty) }
  }

  @Test(arguments: [
    "\n", "{}\n", "[]\n", "\(first)\n{}\n", "\(first)\n\n", "\(first)\nnull\n",
    "\(first)\n\(line.replacing("\"item\":0", with: "\"item\":-1"))\n",
    "\(first)\n\(line.replacing("\"item\":0", with: "\"item\":1e99"))\n",
    "\(first)\n\(line.replacing("{\"acc\":1}", with: "[1]"))\n",
    "\(first)\n" + String(repeating: "[", count: 1000) + "\n",
  ])
  func `a damaged file is refused and stays as it is`(text: String) async throws {
    try await TemporaryLog.with { path in
      try Data(text.utf8).write(to: URL(filePath: path))
      #expect(throws: EvaluationError.self) {
        try ResultLog(path: path, identity: TemporaryLog.identity)
      }
      #expect(try Data(contentsOf: URL(filePath: path)) == Data(text.utf8))
    }
  }

  @Test(arguments: ["task", "model", "settings"])
  func `results of another evaluation are refused`(key: String) async throws {
    let text = Self.first.replacing("\"\(key)\":\"", with: "\"\(key)\":\"x")
    await #expect(throws: EvaluationError.self) { try await open(text + "\n") { _ in } }
  }

  @Test(arguments: ["/", "/dev/null", "/nowhere/file"])
  func `a place that cannot hold results is refused`(path: String) {
    #expect(throws: EvaluationError.self) {
      try ResultLog(path: path, identity: TemporaryLog.identity)
    }
  }
}
