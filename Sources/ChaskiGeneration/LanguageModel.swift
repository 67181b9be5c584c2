// Owns: a loaded model with its tokenizer. Does not own: timelines (InferenceEngine).

package import ChaskiFiles
package import ChaskiModels
package import ChaskiTensors
package import ChaskiTokenizers

/// A model that is ready to run: definition, weights, tokenizer and metadata of one file.
///
/// Immutable and shared.
package struct LanguageModel: Sendable {
  /// The file it came from.
  package let file: GGUFFile
  /// The definition and the weights.
  package let architecture: any Architecture
  /// The processor that its weights are packed for.
  package let backend: CPUBackend
  /// Where the packed weights lie.
  package let weights: WeightArena
  /// Keeps the weights for the next start, or nil if they are kept already, or not at all.
  package let weightSaving: WeightSaving?
  /// Bytes of packed weights: what a step of decode reads.
  package var packedByteCount: Int { weights.usedByteCount }
  /// How many weights are packed: what a token is multiplied with.
  package var packedWeightCount: Int { weights.elementCount }
  /// The file's tokenizer, or nil if the file has none (see `requireTokenizer`).
  package let tokenizer: Tokenizer?

  /// Where the file lies.
  package var path: String { file.parts[0].path }

  /// V: how many tokens have logits.
  package var vocabularyCount: Int { architecture.vocabularyCount }

  /// The template that turns a conversation into a prompt, if the file has one.
  package var chatTemplate: String? {
    get throws { try file.metadata.string("tokenizer.chat_template") }
  }

  /// Loads the model at `path`: maps the file, packs its weights, reads its tokenizer.
  ///
  /// Weights that `weightCache` has are mapped instead; those that it has not are written to it once the
  /// first token is out.
  ///
  /// The tokenizer is read on a thread of its own while the weights are packed. `progress` is told how
  /// many of the file's bytes are loaded, after every tensor. Who works with token ids alone saves the
  /// tokenizer's memory.
  ///
  /// - Throws: `FileError`, `ModelError`, `TensorError`, `TokenizerError` or `GenerationError`.
  package static func load(
    path: String,
    on backend: CPUBackend,
    withTokenizer: Bool = true,
    weightCache: WeightCache? = nil,
    progress: @escaping @Sendable (_ loadedByteCount: Int, _ totalByteCount: Int) -> Void = {
      _,
      _ in
    }
  ) async throws -> LanguageModel {
    let file = try GGUFFile(path: path)
    async let tokenizer = withTokenizer ? readTokenizer(of: file) : nil
    let packed = try await PackingQueue(backend: backend).build(
      file,
      cache: weightCache,
      progress: progress
    )
    let model = try await LanguageModel(
      file: file,
      packed: packed,
      backend: backend,
      tokenizer: tokenizer
    )
    // Metadata and vocabulary have been read; what is asked for again comes back from the file.
    for part in file.parts { part.adviseDropped(0..<part.byteCount) }
    return model
  }

  private init(
    file: GGUFFile,
    packed: PackedModel,
    backend: CPUBackend,
    tokenizer: Tokenizer?
  ) throws {
    self.file = file
    architecture = packed.architecture
    weights = packed.weights
    weightSaving = packed.saving
    self.backend = backend
    self.tokenizer = tokenizer
    if let tokenizer, tokenizer.vocabularyCount > architecture.vocabularyCount {
      throw GenerationError.vocabularyMismatch(
        file: file.parts[0].path,
        tokenizer: tokenizer.vocabularyCount,
        model: architecture.vocabularyCount
      )
    }
  }

  /// The tokenizer.
  ///
  /// - Throws: `GenerationError.noTokenizer` if the file has none.
  package func requireTokenizer() throws -> Tokenizer {
    guard let tokenizer else {
      throw GenerationError.noTokenizer(
        file: path,
        model: try file.metadata.string("tokenizer.ggml.model")
      )
    }
    return tokenizer
  }

  private static func readTokenizer(of file: GGUFFile) async throws -> Tokenizer? {
    try GGUFVocabulary(metadata: file.metadata).map { try Tokenizer(gguf: $0) }
  }
}

/// A definition and where its weights lie.
private struct PackedModel: Sendable {
  let architecture: any Architecture
  let weights: WeightArena
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
    _ file: GGUFFile,
    cache: WeightCache?,
    progress: @escaping (Int, Int) -> Void
  ) throws -> PackedModel {
    guard let cache, let key = cache.key(for: file) else {
      return try build(file, stored: nil, progress: progress).model
    }
    if let stored = cache.stored(key, progress: progress) {
      do {
        return try build(file, stored: stored) { _, _ in }.model
      } catch {
        // Whether the model is at fault or what was kept of it, packing it will tell.
        cache.remove(key)
      }
    }
    var (model, source) = try build(file, stored: nil, progress: progress)
    model.saving = WeightSaving(
      cache: cache,
      key: key,
      file: file,
      weights: model.weights,
      placements: source.placements
    )
    return model
  }

  private func build(
    _ file: GGUFFile,
    stored: PackedWeightsFile?,
    progress: @escaping (Int, Int) -> Void
  ) throws -> (model: PackedModel, source: ModelSource) {
    let source = try ModelSource(
      file: file,
      backend: backend,
      stored: stored,
      progress: progress
    )
    let architecture = try ArchitectureCatalogue.build(from: source)
    return (PackedModel(architecture: architecture, weights: source.arena), source)
  }
}
