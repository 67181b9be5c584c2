// Owns: what a caller asks of an engine.

package import ChaskiSampling

/// One text to continue.
package struct GenerationRequest: Sendable {
  /// The prompt's tokens.
  package var prompt: [Int32]
  /// How tokens are chosen.
  package var sampling: SamplingOptions
  /// The most tokens to generate; until the context window is full if nil.
  package var maximumTokens: Int?
  /// Texts at which the answer ends; they are not part of it.
  package var stopTexts: [String] = []
  /// Goes on where the model would end its text.
  package var ignoresEndOfText = false
  /// Whether control tokens appear in the answer's text.
  package var showsSpecialTokens = false
  /// Whether the answer goes on with the prompt's text, so that a space at its start is part of it.
  package var continuesText = false
  /// With each token of the answer: its probability and those of so many likeliest; nil for none.
  ///
  /// They are the model's own, before anything that chooses changes them. Only `BatchEngine` gives them.
  package var logprobs: Int?
  /// The same for the tokens of the prompt, none of which is then taken from the cache.
  package var promptLogprobs: Int?
  /// Asks for the prompt's vector instead of an answer; only `BatchEngine` gives it.
  package var pooling: Pooling?

  /// The most likeliest tokens that `logprobs` and `promptLogprobs` may ask for.
  package static let logprobLimit = 100

  /// A continuation of `prompt`.
  package init(prompt: [Int32], sampling: SamplingOptions = SamplingOptions()) {
    self.prompt = prompt
    self.sampling = sampling
  }
}
