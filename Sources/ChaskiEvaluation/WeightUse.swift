// Owns: how much of a model's weights a step reads and multiplies. Does not own: their types (WeightMix).

import ChaskiCheckpoints
import ChaskiFiles
package import ChaskiGeneration

/// What a step needs of a model's weights: all of a dense model's, of a mixture's those of the chosen experts.
package struct WeightUse: Sendable, Equatable {
  /// The share of all weights' bytes that lies in experts.
  package let expertByteShare: Double
  /// The share of all weights that lies in experts.
  package let expertWeightShare: Double
  /// The share of a layer's experts that a token chooses.
  package let chosenShare: Double

  /// What steps of `model` need, by its file's tensors.
  package init(of model: LanguageModel) {
    let checkpoint = model.checkpoint
    let matrices = checkpoint.tensors.filter {
      // An input embedding that is not the output too is looked up, not multiplied.
      $0.dimensions.count > 1
        && ($0.name != "token_embd.weight" || checkpoint.tensor("output.weight") == nil)
    }
    let experts = matrices.filter { Self.isOfExperts($0.name) }
    expertByteShare = Self.share(of: experts.map(\.byteCount), in: matrices.map(\.byteCount))
    expertWeightShare = Self.share(
      of: experts.map(\.elementCount),
      in: matrices.map(\.elementCount)
    )
    let all = Self.count("expert_count", of: checkpoint)
    let chosen = Self.count("expert_used_count", of: checkpoint)
    chosenShare = all > 0 && chosen > 0 ? min(Double(chosen) / Double(all), 1) : 1
  }

  /// The share of all weights that one token is multiplied with.
  package var multipliedShare: Double { 1 - expertWeightShare * (1 - chosenShare) }

  /// The share of all weights' bytes that a step of `rows` tokens reads, if each token's experts are
  /// equally likely to be any.
  package func readShare(rows: Int) -> Double {
    var untouched = 1.0
    for _ in 0..<min(rows, 4096) { untouched *= 1 - chosenShare }
    return 1 - expertByteShare * untouched
  }

  /// Experts of a layer are one stack of matrices, or in older files a matrix each.
  private static func isOfExperts(_ name: String) -> Bool {
    if name.hasSuffix("_exps.weight") { return true }
    let parts = name.split(separator: ".")
    return parts.count == 5 && parts[2].hasPrefix("ffn_") && Int(parts[3]) != nil
  }

  private static func share(of part: [Int], in all: [Int]) -> Double {
    let total = all.reduce(0.0) { $0 + Double($1) }
    return total > 0 ? part.reduce(0.0) { $0 + Double($1) } / total : 0
  }

  private static func count(_ key: String, of checkpoint: any Checkpoint) -> Int {
    let name = "\(checkpoint.architecture).\(key)"
    let value = try? checkpoint.value(name, maximumElements: 0)
    return value?.integer.map { Int(clamping: $0) } ?? 0
  }
}
