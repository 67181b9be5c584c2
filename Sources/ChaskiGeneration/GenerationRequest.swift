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

  /// A continuation of `prompt`.
  package init(prompt: [Int32], sampling: SamplingOptions = SamplingOptions()) {
    self.prompt = prompt
    self.sampling = sampling
  }
}
