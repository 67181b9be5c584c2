// Owns: one rate: how much of a minute's allowance is left.
// Does not own: which time it is.

import Foundation

/// A token bucket: it holds a minute's allowance and fills evenly.
///
/// An amount above the whole allowance is let through when the bucket is full, and leaves a debt that has to fill up first:
/// otherwise it could never pass. A clock that goes back fills nothing and takes nothing.
struct TokenBucket: Sendable {
  private var level: Double
  private var updated: Date

  /// A full bucket.
  init(perMinute: Int, at now: Date) {
    level = Double(perMinute)
    updated = now
  }

  /// How long until `amount` can be taken, or nil if it can be taken now.
  mutating func wait(for amount: Double, perMinute: Int, at now: Date) -> Duration? {
    fill(perMinute: perMinute, at: now)
    let needed = min(amount, Double(perMinute))
    // What evenly filling leaves of a whole number may lie just below it.
    let missing = needed - level
    guard missing > 1e-6 else { return nil }
    let milliseconds = missing * 60_000 / Double(perMinute)
    return .milliseconds(Int64(min(milliseconds, 1e12).rounded(.up)))
  }

  /// Takes an amount, or puts it back if it is negative.
  mutating func take(_ amount: Double, perMinute: Int) {
    level = min(level - amount, Double(perMinute))
  }

  private mutating func fill(perMinute: Int, at now: Date) {
    let elapsed = max(now.timeIntervalSince(updated), 0)
    level = min(level + elapsed * Double(perMinute) / 60, Double(perMinute))
    updated = now
  }
}
