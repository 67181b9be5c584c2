// Owns: the token counts that replies tell.

package import ChaskiGeneration

/// How many tokens a request took, all of its answers together.
package struct AnswerUsage: Sendable, Equatable {
  /// Tokens of the prompts, each counted once.
  package var promptTokenCount = 0
  /// How many of them were in the cache.
  package var cachedTokenCount = 0
  /// Where the prompt and the cache part, of a request with one prompt.
  package var cacheDivergence: CacheDivergence?
  /// Tokens of the answers.
  package var generatedTokenCount = 0
  /// Tokens of the answers that were reasoning.
  package var reasoningTokenCount = 0

  /// The counts of the answers that `readers` have read.
  package init(_ plan: AnswerPlan, _ readers: [ChoiceReader]) {
    var lastPrompt = -1
    for (choice, reader) in zip(plan.choices, readers) {
      let statistics = reader.result?.statistics
      if choice.promptIndex != lastPrompt {
        lastPrompt = choice.promptIndex
        promptTokenCount += choice.request.prompt.count
        cacheDivergence = choice.promptIndex == 0 ? statistics?.cacheDivergence : nil
        cachedTokenCount += statistics?.cachedTokenCount ?? 0
      }
      generatedTokenCount += statistics?.generatedTokenCount ?? 0
      reasoningTokenCount += reader.reasoningTokenCount
    }
  }
}
