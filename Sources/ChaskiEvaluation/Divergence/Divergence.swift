// Owns: how far a model's expectations are from another's. Does not own: the logits (LogitSource).

/// What is lost where one model stands in for another: a quantised one for its parent, say.
///
/// For each scored token both models say how probable every token of the vocabulary is. The divergence is
/// Kullback and Leibler's, of the model from the reference, in nats.
package struct Divergence: Sendable, Equatable, Codable {
  /// How many tokens were scored.
  package let tokens: Int
  /// The model's perplexity.
  package let perplexity: Double
  /// The standard error of `perplexity`.
  package let perplexityError: Double
  /// The reference's perplexity on the same tokens.
  package let referencePerplexity: Double
  /// The standard error of `referencePerplexity`.
  package let referencePerplexityError: Double
  /// The mean divergence.
  package let mean: Double
  /// The standard error of `mean`.
  package let meanError: Double
  /// The divergence that half of the tokens stay below.
  package let median: Double
  /// The divergence that 99 % of the tokens stay below.
  package let percentile99: Double
  /// The largest divergence.
  package let maximum: Double
  /// The share of tokens whose most probable token is the same.
  package let agreement: Double
  /// The standard error of `agreement`.
  package let agreementError: Double
}
