// Owns: how a team is shown.

import ChaskiTenants
import Foundation

/// A team as the commands print it.
struct ListedTeam: Encodable {
  let name: String
  let weight: Double
  let priority: Int
  let limits: TeamLimits
  let cacheScope: String?
  let created: Date
  let removed: Date?

  init(_ team: Team) {
    name = team.name
    weight = team.settings.weight
    priority = team.settings.priority
    limits = team.settings.limits
    cacheScope = team.settings.cacheScope
    created = team.created
    removed = team.removed
  }

  /// A weight, budget or time without needless digits.
  static func number(_ value: Double) -> String {
    value.rounded() == value && value.magnitude < 1e15 ? "\(Int64(value))" : "\(value)"
  }

  /// A limit, or a dash for none.
  static func limit<Value>(_ value: Value?) -> String { value.map { "\($0)" } ?? "-" }

  /// The day of a moment (UTC), or a dash.
  static func day(_ date: Date?) -> String {
    date?.formatted(.iso8601.year().month().day()) ?? "-"
  }
}
