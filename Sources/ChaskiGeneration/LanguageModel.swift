// Owns: a loaded model with its tokenizer. Does not own: timelines (InferenceEngine).

package import ChaskiCheckpoints
import ChaskiFiles
package import ChaskiModels
package import ChaskiSampling
package import ChaskiTensors
package import ChaskiTokenizers

/// A model that is ready to run: definition, weights, tokenizer and metadata of a file or folder.
///
/// Immutable and shared.
package struct LanguageModel: Sendable {
  /// The file or folder it came from.
  package let checkpoint: any Checkpoint
  /// The definition and the weights.
  package let architecture: any Architecture
  /// The processor that its weights are packed for.
  package let backend: CPUBackend
  /// Where the packed weights lie.
  package let weights: WeightArena
  /// Where each matrix lies in `weights`, by its name in GGUF.
  package let placements: [String: PackedPlacement]
  /// Keeps the weights for the next start, or nil if they are kept already, or not at all.
  package let weightSaving: WeightSaving?
  /// Bytes of packed weights: what a step of decode reads.
  package var packedByteCount: Int { weights.usedByteCount }
  /// How many weights are packed: what a token is multiplied with.
  package var packedWeightCount: Int { weights.elementCount }
  /// The file's tokenizer, or nil if the file has none (see `requireTokenizer`).
  package let tokenizer: Tokenizer?

  /// How its makers would choose its tokens: what its files say, and whoever knows more about it.
  package private(set) var samplingAdvice: SamplingAdvice

  /// Where the file or folder lies.
  package var path: String { checkpoint.path }

  /// V: how many tokens have logits.
  package var vocabularyCount: Int { architecture.vocabularyCount }

  /// The template that turns a conversation into a prompt, if the file has one.
  package var chatTemplate: String? {
    get throws { try checkpoint.string("tokenizer.chat_template") }
  }

  /// Loads the model at `path`, a GGUF file or a Hugging Face folder: maps its files, packs its weights,
  /// reads its tokenizer.
  ///
  /// Weights that `weightCache` has are mapped instead; those that it has not are written to it once the
  /// first token is out. Weights that `memory` bytes do not hold (nil: any fit) are packed into its file at
  /// once, and what is needed of them is read from there.
  ///
  /// The tokenizer is read on a thread of its own while the weights are packed. `progress` is told how
  /// many bytes of tensors are loaded, after every one. Who works with token ids alone saves the
  /// tokenizer's memory.
  ///
  /// - Throws: `FileError`, `CheckpointError`, `ModelError`, `TensorError`, `TokenizerError` or
  ///   `GenerationError`.
  package static func load(
    path: String,
    on backend: CPUBackend,
    options: CheckpointOptions = CheckpointOptions(),
    withTokenizer: Bool = true,
    weightCache: WeightCache? = nil,
    memory: Int? = AvailableMemory.byteCount(),
    progress: @escaping @Sendable (_ loadedByteCount: Int, _ totalByteCount: Int) -> Void = {
      _,
      _ in
    }
  ) async throws -> LanguageModel {
    let checkpoint = try openCheckpoint(path, options: options)
    async let tokenizer = withTokenizer ? readTokenizer(of: checkpoint) : nil
    let packed = try await PackingQueue(backend: backend).build(
      checkpoint,
      cache: weightCache,
      memory: memory,
      progress: progress
    )
    let model = try await LanguageModel(
      checkpoint: checkpoint,
      packed: packed,
      backend: backend,
      tokenizer: tokenizer
    )
    // Metadata and vocabulary have been read; what is asked for again comes back from the file.
    for part in checkpoint.files { part.adviseDropped(0..<part.byteCount) }
    return model
  }

  private init(
    checkpoint: any Checkpoint,
    packed: PackedModel,
    backend: CPUBackend,
    tokenizer: Tokenizer?
  ) throws {
    self.checkpoint = checkpoint
    architecture = packed.architecture
    weights = packed.weights
    placements = packed.placements
    weightSaving = packed.saving
    self.backend = backend
    self.tokenizer = tokenizer
    samplingAdvice = try SamplingAdvice.of(checkpoint)
    if let tokenizer, tokenizer.vocabularyCount > architecture.vocabularyCount {
      throw GenerationError.vocabularyMismatch(
        file: checkpoint.path,
        tokenizer: tokenizer.vocabularyCount,
        model: architecture.vocabularyCount
      )
    }
  }

  /// This model, used as `advice` says, and as its files say where `advice` says nothing.
  package func advising(_ advice: SamplingAdvice) -> LanguageModel {
    var model = self
    model.samplingAdvice = samplingAdvice.overridden(by: advice)
    return model
  }

  /// Whether models of this architecture run here.
  package static func runs(architecture: String) -> Bool {
    ArchitectureCatalogue.names.contains(architecture)
  }

  /// The tokenizer.
  ///
  /// - Throws: `GenerationError.noTokenizer` if the file has none.
  package func requireTokenizer() throws -> Tokenizer {
    guard let tokenizer else {
      throw GenerationError.noTokenizer(
        file: path,
        model: try checkpoint.string("tokenizer.ggml.model")
      )
    }
    return tokenizer
  }

  private static func readTokenizer(of checkpoint: any Checkpoint) async throws -> Tokenizer? {
    try Tokenizer.of(checkpoint)
  }
}

/// A definition and where its weights lie.
private struct PackedModel: Sendable {
  let architecture: any Architecture
  let weights: WeightArena
  let placements: [String: PackedPlacement]
  var saving: WeightSaving?
}

/// Packs a model's weights away from the cooperative pool.
private actor PackingQueue {
  private let executor = ComputeExecutor(label: "chaski.packing")
  private let backend: CPUBackend

  nonisolated var unownedExecutor: UnownedSerialExecutor {
    unsafe executor.asUnownedSerialExecutor()
  }

  init(backend: CPUBackend) {
    self.backend = backend
  }

  func build(
    _ checkpoint: any Checkpoint,
    cache: WeightCache?,
    memory: Int?,
    progress: @escaping (Int, Int) -> Void
  ) throws -> PackedModel {
    let byteCount = ModelSource.packedByteCount(of: checkpoint)
    // A tenth is left for the key/value cache and activations.
    let isTooLarge = memory.map { byteCount > $0 / 10 * 9 } ?? false
    guard let cache, isTooLarge || cache.keeps(checkpoint) else {
      return try build(checkpoint, progress: progress).model
    }
    let key = cache.key(for: checkpoint)
    if let stored = cache.stored(key, memory: memory, progress: progress) {
      do {
        return try build(checkpoint, stored: stored) { _, _ in }.model
      } catch {
        // Whether the model is at fault or what was kept of it, packing it will tell.
        cache.remove(key)
      }
    }
    if isTooLarge,
      let draft = cache.draft(byteCount: byteCount, of: checkpoint, key: key)
    {
      return try build(checkpoint, into: draft, progress: progress)
    }
    var (model, source) = try build(checkpoint, progress: progress)
    model.saving = WeightSaving(
      cache: cache,
      key: key,
      checkpoint: checkpoint,
      weights: model.weights,
      placements: source.placements
    )
    return model
  }

  private func build(
    _ checkpoint: any Checkpoint,
    into draft: PackedWeightsDraft,
    progress: @escaping (Int, Int) -> Void
  ) throws -> PackedModel {
    let (model, source) = try build(checkpoint, arena: draft.arena(), progress: progress)
    // Without its name the file serves this start and no other.
    try? draft.finish(source.arena, placements: source.placements)
    return model
  }

  private func build(
    _ checkpoint: any Checkpoint,
    stored: PackedWeightsFile? = nil,
    arena: WeightArena? = nil,
    progress: @escaping (Int, Int) -> Void
  ) throws -> (model: PackedModel, source: ModelSource) {
    let source = try ModelSource(
      checkpoint,
      backend: backend,
      stored: stored,
      arena: arena,
      progress: progress
    )
    let architecture = try ArchitectureCatalogue.build(from: source)
    let model = PackedModel(
      architecture: architecture,
      weights: source.arena,
      placements: source.placements
    )
    return (model, source)
  }
}
