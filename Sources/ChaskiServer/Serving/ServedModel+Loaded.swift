// Owns: what a loaded model's files tell about it.

import Chaski
import ChaskiCheckpoints
import ChaskiFiles
package import ChaskiGeneration
import ChaskiModels
import ChaskiTensors

extension ServedModel {
  /// The model that `engine` runs, under the name `id`.
  ///
  /// - Throws: `GenerationError.noTokenizer`, `ChatError` for a template that cannot be compiled.
  package init(id: String, engine: BatchEngine) throws {
    self.init(
      id: id,
      engine: engine,
      tokenizer: try engine.model.requireTokenizer(),
      renderer: try PromptRenderer(model: engine.model),
      facts: Facts(engine.model)
    )
  }
}

extension ServedModel.Facts {
  /// What `model`'s files tell.
  init(_ model: LanguageModel) {
    self.init()
    let checkpoint = model.checkpoint
    family = checkpoint.architecture
    trainedContextLength = model.architecture.contextLength
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
