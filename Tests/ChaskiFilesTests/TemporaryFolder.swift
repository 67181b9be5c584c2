// Owns: a folder that exists for the length of a test.
// Does not own: what is put in it.

import Foundation

/// A new empty folder that is removed when `body` returns or throws.
func withTemporaryFolder<R>(_ body: (TemporaryFolder) throws -> R) throws -> R {
  let url = FileManager.default.temporaryDirectory
    .appending(path: "chaski-files-tests-\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: url) }
  return try body(TemporaryFolder(url: url))
}

/// A folder for one test's files.
struct TemporaryFolder {
  let url: URL

  /// The path of the file `name` in the folder.
  func path(_ name: String) -> String { url.appending(path: name).path }

  /// Writes `bytes` to the file `name` and gives its path.
  func write(_ bytes: [UInt8], as name: String) throws -> String {
    let path = path(name)
    try Data(bytes).write(to: URL(filePath: path))
    return path
  }
}
