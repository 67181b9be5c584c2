// Owns: files of results that live as long as a test.

import ChaskiTestSupport
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
    try await withTemporaryFolder { try await body($0.path("file")) }
  }
}
