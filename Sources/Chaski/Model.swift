// Owns: the public handle of a loaded model.

import ChaskiGeneration
import ChaskiHub
import ChaskiModels
import ChaskiSampling
import ChaskiTensors
import Foundation

/// A language model on this machine, loaded and ready.
///
/// ```swift
/// let model = try await Model.load("smollm2")
/// let session = try LanguageModelSession(model: model)
/// print(try await session.respond(to: "What is the capital of France?").content)
/// ```
///
/// Sessions share a model's weights; each has its own conversation and cache.
public struct Model: Sendable {
  let loaded: LanguageModel

  /// How a model uses the machine.
  public struct Configuration: Sendable {
    /// Threads to compute with; all processors if nil.
    public var threadCount: Int?
    /// Whether a model that is not on this machine is downloaded.
    public var downloadsIfMissing = true
    /// Whether packed weights are kept on the disk, after the first answer, and mapped at the next start.
    ///
    /// The environment variable `CHASKI_WEIGHT_CACHE` limits their size, or turns it off for all.
    public var cachesWeights = true

    /// All processors, downloads allowed, weights cached.
    public init() {}
  }

  /// Loads a model by catalogue name, by the path of a GGUF file, or as `hf:OWNER/REPO[/FILE]`.
  ///
  /// - Throws: An error whose description says which file, key or tensor is wrong and what to do.
  public static func load(
    _ name: String,
    configuration: Configuration = Configuration()
  ) async throws -> Model {
    let home = FileManager.default.homeDirectoryForCurrentUser
    let library = try ModelLibrary(
      settings: HubSettings(
        environment: ProcessInfo.processInfo.environment,
        homeDirectory: home
      )
    )
    let reference = try ModelReference(
      parsing: name,
      currentDirectory: URL(filePath: FileManager.default.currentDirectoryPath),
      homeDirectory: home
    )
    let file = try await library.file(
      for: reference,
      isPulling: configuration.downloadsIfMissing
    )
    let backend = try CPUBackend(threadCount: configuration.threadCount)
    let limit = try WeightCacheLimit.parse(
      ProcessInfo.processInfo.environment["CHASKI_WEIGHT_CACHE"]
    )
    let cache = limit.map { WeightCache(folder: library.settings.weightsDirectory, limit: $0) }
    let loaded = try await LanguageModel.load(
      path: file.path,
      on: backend,
      weightCache: configuration.cachesWeights ? cache : nil
    )
    return Model(loaded: loaded.advising(library.samplingAdvice(for: reference)))
  }

  /// The longest prompt and answer together that the model was trained for, in tokens.
  public var contextLength: Int { loaded.architecture.contextLength }
}
