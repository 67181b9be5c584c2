// Owns: moments as people write them.

package import Foundation

/// A day, a time, or how many minutes, hours, days or weeks from now.
package struct Moment: Sendable {
  private enum Kind: Sendable {
    case date(Date)
    case distance(TimeInterval)
  }

  private let kind: Kind

  /// The moment that `text` writes: `2026-11-22`, `2026-11-22T08:00:00Z`, `90d`; nil if it writes none.
  package init?(_ text: String) {
    if let distance = Self.distance(text) {
      kind = .distance(distance)
    } else if let date = Self.date(text) {
      kind = .date(date)
    } else {
      return nil
    }
  }

  /// The moment, where a distance points to the past.
  package func date(before now: Date) -> Date {
    switch kind {
    case .date(let date): date
    case .distance(let distance): now.addingTimeInterval(-distance)
    }
  }

  /// The moment, where a distance points to the future.
  package func date(after now: Date) -> Date {
    switch kind {
    case .date(let date): date
    case .distance(let distance): now.addingTimeInterval(distance)
    }
  }

  private static func distance(_ text: String) -> TimeInterval? {
    let units: [Character: TimeInterval] = ["m": 60, "h": 3600, "d": 86_400, "w": 604_800]
    guard let unit = text.last.flatMap({ units[$0] }), let count = UInt32(text.dropLast()),
      count <= 1_000_000
    else { return nil }
    return Double(count) * unit
  }

  // A day is its first moment, in UTC as the ledger counts days and months.
  private static func date(_ text: String) -> Date? {
    let isDay = text.utf8.count == 10
    guard text.utf8.count <= 40, text.utf8.allSatisfy({ "0123456789-:TZ+.".utf8.contains($0) })
    else { return nil }
    let style = Date.ISO8601FormatStyle(timeZone: .gmt)
    return isDay
      ? try? Date(text, strategy: style.year().month().day()) : try? Date(text, strategy: style)
  }
}
