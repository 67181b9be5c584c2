// Owns: where the shared fixtures lie, for the tests that need them.

package import Foundation
package import Testing

/// The folder of reference outputs and data that stands beside a developer's checkout.
///
/// A user's clone does not have it; tests that need it say so when they skip.
package enum Shared {
  /// `CHASKI_SHARED`, or `../shared` seen from the package's root.
  package static let root: URL = {
    if let path = ProcessInfo.processInfo.environment["CHASKI_SHARED"] {
      return URL(filePath: path)
    }
    return URL(filePath: #filePath)
      .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "shared")
  }()

  /// Whether the folder is there.
  package static let isPresent = FileManager.default.fileExists(
    atPath: root.appending(path: "fixtures").path
  )

  /// The reason a test gives when it skips.
  package static let reason: Comment = "needs the shared fixtures beside the checkout"

  /// Whether there is a file at `path` below the shared folder.
  package static func exists(_ path: String) -> Bool {
    FileManager.default.fileExists(atPath: url(path).path)
  }

  /// The file at `path` below the shared folder.
  package static func url(_ path: String) -> URL { root.appending(path: path) }
}
