// Owns: a folder that exists for the length of a test.
// Does not own: what is put in it.

package import Foundation

/// Calls `body` with a new empty folder, which is gone afterwards.
package func withTemporaryFolder<Result>(
  _ body: (TemporaryFolder) throws -> Result
) throws -> Result {
  let folder = try TemporaryFolder()
  defer { folder.remove() }
  return try body(folder)
}

/// Calls `body` with a new empty folder, which is gone afterwards.
package func withTemporaryFolder<Result>(
  isolation: isolated (any Actor)? = #isolation,
  _ body: (TemporaryFolder) async throws -> Result
) async throws -> Result {
  let folder = try TemporaryFolder()
  defer { folder.remove() }
  return try await body(folder)
}

/// A folder for one test's files.
package struct TemporaryFolder: Sendable {
  package let url: URL

  fileprivate init() throws {
    url = FileManager.default.temporaryDirectory
      .appending(path: "chaski-tests-\(UUID().uuidString)", directoryHint: .isDirectory)
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  fileprivate func remove() { try? FileManager.default.removeItem(at: url) }

  /// The path of the file `name` in the folder.
  package func path(_ name: String) -> String { url.appending(path: name).path }

  /// Writes `bytes` to the file `name` and gives its path.
  package func write(_ bytes: [UInt8], as name: String) throws -> String {
    let path = path(name)
    try Data(bytes).write(to: URL(filePath: path))
    return path
  }

  /// The paths of all files below `folder`, folders left out.
  package static func files(below folder: URL) -> [String] {
    let paths = (try? FileManager.default.subpathsOfDirectory(atPath: folder.path)) ?? []
    return paths.sorted()
  }
}
