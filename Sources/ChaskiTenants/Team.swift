// Owns: a team as the database has it.

package import Foundation

/// People who share a budget and a place in the queue.
package struct Team: Sendable, Hashable, Identifiable {
  /// The team's number, which is never given to another.
  package let id: Int64
  /// The team's name, which is never given to another either; case does not count.
  package let name: String
  /// What an administrator chose.
  package let settings: TeamSettings
  /// When the team was added.
  package let created: Date
  /// When the team was removed, if it was; its usage stays.
  package let removed: Date?
}
