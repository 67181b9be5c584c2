// Owns: a key as the database has it. Its secret is nowhere but with its holder.

package import Foundation

/// What is known of a key; the secret is not.
package struct APIKey: Sendable, Hashable, Identifiable {
  /// The key's number, which is never given to another.
  package let id: Int64
  /// The name of the team that the key belongs to.
  package let team: String
  /// What an administrator chose.
  package let settings: KeySettings
  /// The first characters of the secret, by which its holder can tell it from others.
  package let prefix: String
  /// When the key was made.
  package let created: Date
  /// When the key was last used, late by up to about a minute; nil for never.
  package let lastUsed: Date?
  /// When the key was revoked, if it was.
  package let revoked: Date?

  /// Whether the key works at `now`.
  package func isValid(at now: Date) -> Bool {
    revoked == nil && settings.expires.map { now < $0 } ?? true
  }
}
