// Owns: the one moment in which a key's secret can be seen.

/// A key that was just made, with its secret, which is shown once and cannot be had again.
package struct NewKey: Sendable {
  /// What the database keeps.
  package let key: APIKey
  /// What its holder sends.
  package let secret: String
}
