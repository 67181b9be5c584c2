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

  /// The model's files, parts of a split model in order, a folder's configuration first.
  package var files: [URL] { manifest.files.map { directory.appending(path: $0.name) } }

  /// Whether the model is a Hugging Face folder rather than GGUF files.
  package var isFolder: Bool {
    manifest.files.contains { $0.name == FolderFileNames.configuration }
  }

  /// What to open: the only file, the first part, or the folder.
  package var url: URL { isFolder ? directory : files.first ?? directory }
}
