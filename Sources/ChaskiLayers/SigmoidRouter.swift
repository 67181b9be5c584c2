// Owns: the router of Llama 4.

/// The experts of the largest logits, each weighted by the sigmoid of its own.
///
/// Source: Meta 2025, https://github.com/meta-llama/llama-models, models/llama4/moe.py.
package struct SigmoidRouter: Router {
  let chosenCount: Int

  /// A router to `chosenCount` experts.
  package init(chosenCount: Int) {
    self.chosenCount = chosenCount
  }

  package func choose(_ logits: [Float]) -> [ExpertChoice] {
    ExpertWeighting.scores(scale: 1)(
      logits.indicesOfLargest(chosenCount),
      scores: logits.sigmoid
    )
  }
}
