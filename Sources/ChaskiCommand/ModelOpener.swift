// Owns: from what a user named to a loaded model, with progress shown.

import ChaskiGeneration
import ChaskiHub
import ChaskiSampling
import ChaskiTensors
import Foundation

/// Finds, brings and loads models for the commands.
struct ModelOpener {
  private let library: ModelLibrary
  private let isQuiet: Bool

  /// An opener for the user's own folders; `isQuiet` shows no progress.
  init(isQuiet: Bool = false) throws {
    library = try Self.library()
    self.isQuiet = isQuiet
  }

  /// The models of this user, as environment variables say.
  static func library() throws -> ModelLibrary {
    try ModelLibrary(
      settings: HubSettings(
        environment: ProcessInfo.processInfo.environment,
        homeDirectory: FileManager.default.homeDirectoryForCurrentUser
      )
    )
  }

  /// What the user's text names.
  static func reference(_ text: String) throws -> ModelReference {
    try ModelReference(
      parsing: text,
      currentDirectory: URL(filePath: FileManager.default.currentDirectoryPath),
      homeDirectory: FileManager.default.homeDirectoryForCurrentUser
    )
  }

  /// The path of the model that `text` names, brought if it is not there, unless `isPulling` is false.
  func path(_ text: String, isPulling: Bool = true) async throws -> String {
    let reporter = PullReporter(isQuiet: isQuiet)
    let url = try await library.file(for: Self.reference(text), isPulling: isPulling) {
      reporter.show($0)
    }
    return url.path
  }

  /// What the catalogue advises about the model that `text` names.
  func samplingAdvice(_ text: String) throws -> SamplingAdvice {
    library.samplingAdvice(for: try Self.reference(text))
  }

  /// The model that these options name, loaded, and an engine that runs it as they say.
  func engine(
    _ options: ModelOptions,
    _ speculation: SpeculationArguments
  ) async throws -> (LanguageModel, InferenceEngine) {
    let backend = try options.processor.backend()
    let weightCache = try options.weights.cache()
    let model = try await load(options.model, on: backend, weightCache: weightCache)
    let engine = try InferenceEngine(
      model: model,
      options: options.engineOptions(),
      speculation: try await speculation.speculation(
        on: backend,
        weightCache: weightCache,
        isQuiet: isQuiet
      )
    )
    return (model, engine)
  }

  /// The loaded model that `text` names, its weights mapped from `weightCache` if they are there.
  func load(
    _ text: String,
    on backend: CPUBackend,
    weightCache: WeightCache?
  ) async throws -> LanguageModel {
    let path = try await path(text)
    let reporter = LoadReporter(isQuiet: isQuiet)
    defer { reporter.finish() }
    let model = try await LanguageModel.load(path: path, on: backend, weightCache: weightCache) {
      reporter.show($0, of: $1)
    }
    return try model.advising(samplingAdvice(text))
  }
}
