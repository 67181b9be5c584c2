// Owns: a sum that several threads add to.

import Synchronization

/// A number that threads may add to at once.
final class Counter: Sendable {
  private let sum = Atomic<Int>(0)

  /// The sum so far.
  var value: Int { sum.load(ordering: .acquiring) }

  /// Adds `amount`.
  func add(_ amount: Int) {
    sum.add(amount, ordering: .acquiringAndReleasing)
  }
}
