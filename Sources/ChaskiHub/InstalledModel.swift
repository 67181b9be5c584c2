// Owns: a model that lies complete in the store.

package import Foundation

/// A model that is installed.
package struct InstalledModel: Sendable, Hashable {
  /// What is known of it.
  package let manifest: ModelManifest
  /// The folder that holds its files.
  package let directory: URL

  /// The name that the model is listed and removed by.
  package var name: String { manifest.name }

  /// The model's files, parts of a split model in order.
  package var files: [URL] { manifest.files.map { directory.appending(path: $0.name) } }

  /// The file to open: the only one, or the first part.
  package var url: URL { files.first ?? directory }
}
