// Owns: the router of DeepSeek-V2.

/// The experts of the largest probabilities within the groups that have the best single experts.
///
/// Source: DeepSeek-AI 2024, https://arxiv.org/abs/2405.04434, section 2.2.2.
package struct GroupLimitedRouter: Router {
  let chosenCount: Int
  let groups: ExpertGroups
  let weighting: ExpertWeighting

  /// A router to `chosenCount` experts, which the open groups must have.
  package init(chosenCount: Int, groups: ExpertGroups, weighting: ExpertWeighting) {
    self.chosenCount = chosenCount
    self.groups = groups
    self.weighting = weighting
  }

  package func choose(_ logits: [Float]) -> [ExpertChoice] {
    let scores = logits.softmax  // [X]
    let chosen = groups.choose(chosenCount, scores: scores) { $0.max() ?? 0 }
    return weighting(chosen, scores: scores)
  }
}
