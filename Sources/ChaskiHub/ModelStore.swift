// Owns: the folder of installed models: listing, finding, removing.
// Does not own: bringing models (ModelLibrary).

package import Foundation

/// The models on this machine.
///
/// Each model has a folder with its files and a manifest; files keep their names, because the parts of a split
/// model find each other by name.
package struct ModelStore: Sendable {
  /// The folder.
  package let directory: URL

  /// What the store holds.
  package struct Contents: Sendable {
    /// The installed models, by name.
    package var models: [InstalledModel] = []
    /// Why other folders could not be listed.
    package var problems: [HubError] = []
  }

  /// A store in a folder, which need not exist yet.
  package init(directory: URL) { self.directory = directory }

  /// Lists what is installed.
  package func contents() -> Contents {
    var contents = Contents()
    for name in FileAccess.names(in: directory) where !name.hasPrefix(".") {
      let folder = directory.appending(path: name, directoryHint: .isDirectory)
      do {
        if let model = try Self.model(in: folder) { contents.models.append(model) }
      } catch {
        contents.problems.append(error)
      }
    }
    contents.models.sort { $0.name < $1.name }
    return contents
  }

  /// The installed model of a name, or nil.
  ///
  /// - Throws: `HubError.brokenInstallation` when its manifest and files disagree.
  package func model(named name: String) throws(HubError) -> InstalledModel? {
    let folder = ModelDirectory(name: name, store: directory).url
    guard let model = try Self.model(in: folder) else { return nil }
    guard model.name == name else {
      throw .brokenInstallation(path: folder.path, reason: "its manifest names \(model.name)")
    }
    return model
  }

  /// The installed models of a hub's repository that match what a user named.
  package func models(matching model: HubModel) -> [InstalledModel] {
    contents().models.filter { installed in
      guard case .hub(let source) = installed.manifest.source else { return false }
      guard source.repositoryPath == model.repositoryPath, source.revision == model.revision
      else { return false }
      return model.file == nil || model.file == source.file
    }
  }

  private static func model(in folder: URL) throws(HubError) -> InstalledModel? {
    let file = folder.appending(path: "manifest.json")
    guard FileAccess.size(of: file) != nil else { return nil }
    let model = InstalledModel(manifest: try ModelManifest.read(file), directory: folder)
    for (entry, url) in zip(model.manifest.files, model.files) {
      guard let size = FileAccess.size(of: url) else {
        throw .brokenInstallation(path: folder.path, reason: "\(entry.name) is missing")
      }
      guard size == entry.byteCount else {
        throw .brokenInstallation(
          path: folder.path,
          reason: "\(entry.name) has \(size) bytes instead of \(entry.byteCount)"
        )
      }
    }
    return model
  }

  /// Removes a model, installed, broken or half brought.
  ///
  /// - Returns: How many bytes that freed.
  /// - Throws: `HubError.notInstalled`; `HubError.busy` while it is being installed.
  @discardableResult
  package func remove(named name: String) throws(HubError) -> Int64 {
    let folder = ModelDirectory(name: name, store: directory)
    guard FileManager.default.fileExists(atPath: folder.url.path) else {
      throw .notInstalled(name: name)
    }
    guard let lock = try StoreLock.tryAcquire(folder.lock) else {
      throw .busy(name: name, owner: StoreLock.owner(of: folder.lock))
    }
    defer { withExtendedLifetime(lock) {} }
    let freed = Self.byteCount(of: folder.url)
    // The manifest goes first: a removal that is cut short leaves no model that seems whole.
    try FileAccess.remove(folder.manifest)
    try FileAccess.remove(folder.url)
    return freed
  }

  /// Removes what pulls left that were begun and never finished.
  ///
  /// - Parameters:
  ///   - age: How long ago the last byte must have come.
  ///   - now: The time.
  /// - Throws: `HubError.file`.
  package func removeStalePartials(olderThan age: Duration, now: Date) throws(HubError) {
    let limit = now.addingTimeInterval(-Double(age.components.seconds))
    for name in FileAccess.names(in: directory) where !name.hasPrefix(".") {
      let folder = directory.appending(path: name, directoryHint: .isDirectory)
      let entries = FileAccess.names(in: folder)
      guard entries.contains(where: { $0.contains(".partial") }),
        !entries.contains("manifest.json"),
        let newest = entries.compactMap({
          FileAccess.modificationDate(of: folder.appending(path: $0))
        }).max(), newest < limit
      else { continue }
      let lockFile = directory.appending(path: ".locks").appending(path: name + ".lock")
      guard let lock = try StoreLock.tryAcquire(lockFile) else { continue }
      defer { withExtendedLifetime(lock) {} }
      try FileAccess.remove(folder)
    }
  }

  /// The bytes of all files below a folder.
  static func byteCount(of folder: URL) -> Int64 {
    let files = FileManager.default.enumerator(
      at: folder,
      includingPropertiesForKeys: [.fileSizeKey, .isRegularFileKey]
    )
    var sum: Int64 = 0
    while let file = files?.nextObject() as? URL {
      guard let values = try? file.resourceValues(forKeys: [.fileSizeKey, .isRegularFileKey]),
        values.isRegularFile == true
      else { continue }
      sum += Int64(values.fileSize ?? 0)
    }
    return sum
  }
}
