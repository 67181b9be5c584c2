// Owns: what a loaded model's files tell about it.

import Chaski
package import ChaskiCheckpoints
import ChaskiFiles
package import ChaskiGeneration
import ChaskiModels
import ChaskiSampling
import ChaskiTensors

extension ServedModel {
  /// The model that `engine` runs, under the name `id`.
  ///
  /// - Throws: `GenerationError.noTokenizer`, `ChatError` for a template that cannot be compiled, `FileError`.
  package init(id: String, engine: BatchEngine) throws {
    self.init(
      id: id,
      engine: engine,
      tokenizer: try engine.model.requireTokenizer(),
      renderer: try PromptRenderer(model: engine.model),
      facts: try Facts(engine.model),
      sampling: engine.model.samplingAdvice.options
    )
  }
}

extension ServedModel.Facts {
  /// What the files of a loaded `model` tell.
  ///
  /// - Throws: `FileError` for a key of another type than it should have.
  init(_ model: LanguageModel) throws {
    try self.init(model.checkpoint)
    embeddingLength = model.architecture.stateLength
    trainedContextLength = model.architecture.contextLength
  }

  /// What the files of `checkpoint` tell; its weights need not be loaded.
  ///
  /// - Throws: `FileError` for a key of another type than it should have.
  package init(_ checkpoint: any Checkpoint) throws {
    self.init()
    family = checkpoint.architecture
    trainedContextLength = max(try checkpoint.int("\(family).context_length") ?? 0, 0)
    embeddingLength = max(try checkpoint.int("\(family).embedding_length") ?? 0, 0)
    pooling = try checkpoint.pooling
    byteCount = checkpoint.files.reduce(0) { $0 + $1.byteCount }
    created = checkpoint.files.first?.identity.modifiedSeconds ?? 0
    fingerprint = String(checkpoint.fingerprint(), radix: 16)
    // A mix of types goes by the one that takes the most room.
    var byteCounts: [String: Int] = [:]
    for tensor in checkpoint.tensors {
      parameterCount += tensor.elementCount
      byteCounts[tensor.type.name, default: 0] += tensor.byteCount
    }
    let main = byteCounts.max { ($0.value, $1.key) < ($1.value, $0.key) }
    quantization = main?.key.uppercased() ?? "unknown"
  }
}
