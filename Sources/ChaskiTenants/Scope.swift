// Owns: what a key may be allowed to do.

/// A right that a key has or has not; what is not granted is denied.
package enum Scope: String, Sendable, CaseIterable, Codable {
  /// Conversations.
  case chat
  /// Texts that go on, and filling in.
  case completions
  /// Vectors of texts.
  case embeddings
  /// Listing models and reading about them.
  case models
  /// Tokens of texts and templates.
  case tokenize
  /// Reading what the key's team has used.
  case usage
  /// Managing teams and keys, and reading everybody's usage.
  case admin
  /// Reading the server's measurements, which name all teams.
  case metrics

  /// Whether a key of these scopes has this right: administrators may also read what it allows to read.
  func isGranted(by scopes: Set<Scope>) -> Bool {
    scopes.contains(self) || (scopes.contains(.admin) && [.usage, .metrics].contains(self))
  }

  /// What a new key may do unless its maker says otherwise: all but administration.
  package static let standard = Set(allCases).subtracting([.admin])
}
