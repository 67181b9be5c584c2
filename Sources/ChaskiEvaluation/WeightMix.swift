// Owns: which units of the processor a model's weights keep busy.

package import ChaskiGeneration
import ChaskiCheckpoints
package import ChaskiTensors

/// How many of a model's weights are of which type.
package struct WeightMix: Sendable, Equatable {
  /// Weights of each type that every token is multiplied with.
  package let counts: [ElementType: Int]

  /// The matrices of `model`'s file; an input embedding that is not the output too multiplies nothing.
  package init(of model: LanguageModel) {
    let tensors = model.checkpoint.tensors
    let isTied = !tensors.contains { $0.name == "output.weight" }
    var counts: [ElementType: Int] = [:]
    for tensor in tensors
    where tensor.dimensions.count > 1 && (isTied || tensor.name != "token_embd.weight") {
      counts[tensor.type, default: 0] += tensor.elementCount
    }
    self.counts = counts
  }

  /// Operations a second if each weight is multiplied at the peak of its type's unit.
  package func peakRate(_ limits: MachineLimits) -> Double {
    let total = counts.values.reduce(0, +)
    guard total > 0 else { return limits.int8Rate }
    let seconds = counts.reduce(0.0) { $0 + Double($1.value) / limits.peakRate(of: $1.key) }
    return Double(total) / seconds
  }
}
