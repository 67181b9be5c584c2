// Owns: writing a model's logits to a file for anyone who checks us against a reference.

import ChaskiFiles
package import ChaskiGeneration
import ChaskiModels

extension InferenceEngine {
  /// Writes the logits of every position of `tokens` to a safetensors file. [T, V] float32
  ///
  /// The file also holds `tokens`' count and the model's name as metadata. `report` is told after each
  /// position. The file appears only when it is complete.
  ///
  /// - Throws: `FileError`, `GenerationError`, `ModelError`, `CancellationError`.
  package func exportLogits(
    of tokens: [Int32],
    to path: String,
    report: @Sendable (_ done: Int, _ total: Int) -> Void = { _, _ in }
  ) throws {
    let shape = [tokens.count, model.architecture.vocabularyCount]
    var writer = try SafetensorsWriter(
      path: path,
      tensors: [SafetensorsWriter.Tensor("logits", .f32, shape: shape)],
      metadata: ["tokens": tokens.map(String.init).joined(separator: ",")]
    )
    try forEachLogits(of: tokens) { position, logits in
      try writer.append(logits.span)
      report(position + 1, tokens.count)
    }
    try writer.finish()
  }
}
