// Owns: the router of Mixtral, Qwen 3 MoE and DeepSeek-V2-Lite.

/// The experts of the largest probabilities, which are a softmax over all experts.
///
/// Source: Jiang et al. 2024, https://arxiv.org/abs/2401.04088, which takes the softmax over the chosen
/// experts' logits: the same as `.shares` of the softmax over all. `.scores` is DeepSeek-V2-Lite's.
package struct SoftmaxRouter: Router {
  let chosenCount: Int
  let weighting: ExpertWeighting

  /// A router to `chosenCount` experts.
  package init(chosenCount: Int, weighting: ExpertWeighting = .shares(scale: 1)) {
    self.chosenCount = chosenCount
    self.weighting = weighting
  }

  package func choose(_ logits: [Float]) -> [ExpertChoice] {
    let scores = logits.softmax  // [X]
    return weighting(scores.indicesOfLargest(chosenCount), scores: scores)
  }
}
