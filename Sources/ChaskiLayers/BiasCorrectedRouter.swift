// Owns: the router of DeepSeek-V3 and R1.

package import ChaskiTensors

/// The experts of the largest sigmoid scores plus a bias, within the groups whose two best sum highest.
///
/// The bias evens out the experts' load in training; it takes part in choosing and not in the weights.
/// Source: DeepSeek-AI 2024, https://arxiv.org/abs/2412.19437, section 2.1.2; groups as its published
/// code has them.
package struct BiasCorrectedRouter: Router {
  let chosenCount: Int
  let groups: ExpertGroups
  let bias: [Float]  // [X]
  let weighting: ExpertWeighting

  /// A router to `chosenCount` experts, which the open groups must have; `bias` is [X].
  package init(
    chosenCount: Int,
    groups: ExpertGroups,
    bias: Vector,
    weighting: ExpertWeighting
  ) {
    self.chosenCount = chosenCount
    self.groups = groups
    self.bias = bias.values
    self.weighting = weighting
  }

  package func choose(_ logits: [Float]) -> [ExpertChoice] {
    let scores = logits.sigmoid  // [X]
    let corrected = zip(scores, bias).map { $0 + $1 }  // [X]
    let chosen = groups.choose(chosenCount, scores: corrected) { group in
      group.indicesOfLargest(2).reduce(0) { $0 + group[$1] }
    }
    return weighting(chosen, scores: scores)
  }
}
