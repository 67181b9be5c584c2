// Owns: how many requests were refused to whom and why, until that is written.
// Does not own: requests without a key of ours, of which the ledger holds nothing.

import Foundation
import GRDB
import Synchronization

/// Counts of refused requests, which are written at most once a minute: refusing costs no write, however often it happens.
///
/// It grows with the keys that are refused in a minute, each of which was made by an administrator.
final class RefusalCounts: Sendable {
  /// What is counted together: the requests with a key that were refused for one reason in an hour.
  struct Group: Sendable, Hashable {
    /// The hour's first moment, in microseconds since 1970.
    let hour: Int64
    let team: Int64
    let key: Int64
    let reason: RefusalReason
  }

  /// When a count is to be written.
  enum Writing: Sendable, Equatable {
    /// At once: nothing was written for a while.
    case now
    /// After this time, which somebody has to wait.
    case after(Duration)
    /// With what somebody waits for already.
    case arranged
  }

  private struct State {
    var counts: [Group: Int64] = [:]
    var written: Date?
    var isArranged = false

    // A clock that went back must not make counts wait for it.
    func isDue(at now: Date) -> Bool {
      guard let written else { return true }
      return !(0..<RefusalCounts.lag - RefusalCounts.slack).contains(
        now.timeIntervalSince(written)
      )
    }
  }

  /// How long counts may wait, in seconds; who waits for that by another clock may come a little early.
  static let lag: TimeInterval = 60
  private static let hour: Int64 = 3_600_000_000

  private static let slack: TimeInterval = 1

  private let state = Mutex(State())
  private let clock: @Sendable () -> Date

  init(clock: @escaping @Sendable () -> Date) {
    self.clock = clock
  }

  /// The first moment of the hour of `date`, in microseconds since 1970.
  static func hour(of date: Date) -> Int64 {
    let time = Timestamp.microseconds(date)
    return time - (time % hour + hour) % hour
  }

  /// Counts a request that was refused at `now`.
  @inline(never)
  func note(team: Int64, key: Int64, _ reason: RefusalReason, at now: Date) -> Writing {
    let group = Group(hour: Self.hour(of: now), team: team, key: key, reason: reason)
    return state.withLock { state in
      state.counts[group, default: 0] += 1
      guard !state.isArranged else { return .arranged }
      state.isArranged = true
      guard !state.isDue(at: now), let written = state.written else { return .now }
      return .after(.seconds(Self.lag - now.timeIntervalSince(written)))
    }
  }

  /// What is to be written now, with `isLast` all there is; it counts as written.
  @inline(never)
  func take(isLast: Bool = false) -> [Group: Int64] {
    let now = clock()
    return state.withLock { state in
      guard !state.counts.isEmpty, isLast || state.isDue(at: now) else { return [:] }
      defer { state.counts = [:] }
      state.written = now
      state.isArranged = false
      return state.counts
    }
  }

  /// Takes counts back that could not be written; they are written with the next.
  @inline(never)
  func giveBack(_ counts: [Group: Int64]) {
    state.withLock { $0.counts.merge(counts) { $0 + $1 } }
  }

  /// Adds counts to those of their hours.
  static func write(_ counts: [Group: Int64], to database: Database) throws {
    for (group, count) in counts {
      try database.cachedStatement(
        sql: """
          INSERT INTO refusal (hour, team_id, key_id, reason, count) VALUES (?, ?, ?, ?, ?)
          ON CONFLICT DO UPDATE SET count = count + excluded.count
          """
      ).execute(arguments: [group.hour, group.team, group.key, group.reason.rawValue, count])
    }
  }
}
