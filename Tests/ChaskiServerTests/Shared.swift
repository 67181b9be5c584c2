// Owns: where the shared fixtures lie, for the tests that need them.

import Foundation
import Testing

/// The folder of reference outputs and data that stands beside a developer's checkout.
///
/// A user's clone does not have it; tests that need it say so when they skip.
enum Shared {
  /// `CHASKI_SHARED`, or `../shared` seen from the package's root.
  static let root: URL = {
    if let path = ProcessInfo.processInfo.environment["CHASKI_SHARED"] {
      return URL(filePath: path)
    }
    return URL(filePath: #filePath)
      .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "shared")
  }()

  /// Whether the folder is there.
  static let isPresent = FileManager.default.fileExists(
    atPath: root.appending(path: "fixtures").path
  )

  /// The reason a test gives when it skips.
  static let reason: Comment = "needs the shared fixtures beside the checkout"

  /// The file at `path` below the shared folder.
  static func url(_ path: String) -> URL { root.appending(path: path) }
}
