// Owns: the rights that routes ask for, by the names that keys carry.

/// What a key must allow for a route to answer.
package enum RouteScope: String, Sendable, CaseIterable {
  /// Conversations.
  case chat
  /// Continuations of plain texts.
  case completions
  /// Vectors of texts.
  case embeddings
  /// The list of models.
  case models
  /// Tokens of texts and back, prompts of conversations.
  case tokenize
  /// What was used.
  case usage
  /// Keys, teams and the server itself.
  case admin
  /// Figures for monitoring.
  case metrics
}
