// Owns: files of results that live as long as a test.

import ChaskiEvaluation
import Foundation

/// A path of its own for each test.
enum TemporaryLog {
  static let identity = ResultLog.Identity(
    task: "choices",
    model: "stories260K.gguf",
    examples: 0,
    settings: ""
  )

  static func with<Result>(_ body: (String) async throws -> Result) async throws -> Result {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try await body(folder.appending(path: "file").path)
  }
}
