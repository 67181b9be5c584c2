// Owns: from a model's files to a model that a server can load. Does not own: where files are (ChaskiHub).

import ChaskiCheckpoints
package import ChaskiGeneration
import ChaskiModels
package import ChaskiSampling
package import ChaskiTensors

extension OfferedModel {
  /// How models of a server are loaded.
  package struct Loading: Sendable {
    /// How engines use the machine.
    package var options: BatchOptions
    /// Where packed weights are kept, or nil.
    package var weightCache: WeightCache?
    /// The most bytes of all loaded models together.
    package var memoryByteCount: Int
    /// Makes the threads of one model, which end when it is unloaded.
    package let backend: @Sendable () throws -> CPUBackend
    let turns = ComputeTurns()

    /// Loading with these options; engines of one value take turns with their steps.
    package init(
      options: BatchOptions,
      weightCache: WeightCache?,
      memoryByteCount: Int,
      backend: @escaping @Sendable () throws -> CPUBackend
    ) {
      self.options = options
      self.weightCache = weightCache
      self.memoryByteCount = memoryByteCount
      self.backend = backend
    }
  }

  /// The model `id` whose files lie at `path`; reads their headers, no weights.
  ///
  /// Where a request does not say how tokens are chosen, `advice` does, and then the files.
  ///
  /// - Throws: `FileError`, `CheckpointError`, `ModelError.unknownArchitecture`, `ChatError`.
  package init(
    id: String,
    path: String,
    advice: SamplingAdvice = SamplingAdvice(),
    _ loading: Loading
  ) throws {
    let checkpoint = try openCheckpoint(path)
    guard LanguageModel.runs(architecture: checkpoint.architecture) else {
      throw ModelError.unknownArchitecture(
        name: checkpoint.architecture,
        known: ArchitectureCatalogue.names,
        file: path
      )
    }
    var options = loading.options
    let weights = ModelSource.packedByteCount(of: checkpoint)
    // How much a model's cache takes must not depend on what is loaded beside it.
    options.freeBytes = max(loading.memoryByteCount - weights, 0)
    self.init(
      description: try ModelDescription(
        id: id,
        checkpoint: checkpoint,
        contextLimit: options.contextLength
      ),
      byteCount: weights + (options.cacheBytes ?? max(loading.memoryByteCount - weights, 0) / 4)
    ) { [options] progress in
      let model = try await LanguageModel.load(
        path: path,
        on: loading.backend(),
        weightCache: loading.weightCache,
        progress: progress
      ).advising(advice)
      let engine = try BatchEngine(model: model, options: options, turns: loading.turns)
      return LoadedModel(
        try ServedModel(id: id, engine: engine),
        byteCount: model.packedByteCount + engine.cacheByteCount
      ) {
        await engine.drain(within: .zero)
        // What is half written would have to be packed again next time.
        await model.weightSaving?.finish()
      }
    }
  }
}
