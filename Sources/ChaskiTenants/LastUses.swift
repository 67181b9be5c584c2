// Owns: when keys were last used, until that is written.

import Foundation
import Synchronization

/// The last uses of keys, which are written now and then: no request waits for them.
final class LastUses: Sendable {
  fileprivate struct Use {
    var seen: Date
    var written: Date?
  }

  // How far what is written may lie behind.
  private static let lag: TimeInterval = 60

  private let uses = Mutex<[Int64: Use]>([:])

  /// Notes a use; returns whether it is time to write.
  @inline(never)
  func note(_ key: Int64, at now: Date) -> Bool {
    uses.withLock { uses in
      var use = uses[key] ?? Use(seen: now)
      use.seen = max(use.seen, now)
      uses[key] = use
      return use.isDue(after: Self.lag)
    }
  }

  /// The uses that are to be written now; they count as written.
  @inline(never)
  func take(isLast: Bool = false) -> [(key: Int64, seen: Date)] {
    uses.withLock { uses in
      let due = uses.filter { $0.value.isDue(after: isLast ? 0 : Self.lag) }
      for (key, use) in due { uses[key]?.written = use.seen }
      return due.map { ($0.key, $0.value.seen) }.sorted { $0.0 < $1.0 }
    }
  }
}

extension LastUses.Use {
  fileprivate func isDue(after lag: TimeInterval) -> Bool {
    guard let written else { return true }
    return seen > written && seen.timeIntervalSince(written) >= lag
  }
}
