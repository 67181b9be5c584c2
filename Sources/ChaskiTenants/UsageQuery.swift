// Owns: which part of the ledger is asked for, and how it is summed up.

package import Foundation

/// A question about usage; what is nil or empty restricts nothing.
package struct UsageQuery: Sendable, Hashable {
  /// Requests of this team.
  package var teamID: Int64?
  /// Requests of the team of this name, also of one that was removed; case does not count.
  package var team: String?
  /// Requests with this key.
  package var keyID: Int64?
  /// Requests to this model.
  package var model: String?
  /// Requests that ended so.
  package var status: RequestStatus?
  /// Requests that ended at this time or later.
  package var since: Date?
  /// Requests that ended before this time.
  package var until: Date?
  /// What the rows are about; without any, one row is about everything.
  package var grouping: [UsageGrouping] = [.team]

  /// A question about all that was ever used, by team.
  package init() {}

  /// The most rows of an answer.
  package static let maximumRowCount = 100_000
}
