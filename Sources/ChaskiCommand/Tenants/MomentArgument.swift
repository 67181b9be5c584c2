// Owns: moments as users write them.

import ArgumentParser
import Foundation

/// A day, a time, or how many minutes, hours, days or weeks from now.
struct MomentArgument: ExpressibleByArgument, Sendable {
  private enum Moment: Sendable {
    case date(Date)
    case distance(TimeInterval)
  }

  private let moment: Moment

  init?(argument: String) {
    if let distance = Self.distance(argument) {
      moment = .distance(distance)
    } else if let date = Self.date(argument) {
      moment = .date(date)
    } else {
      return nil
    }
  }

  /// The moment, where a distance points to the past.
  func date(before now: Date) -> Date {
    switch moment {
    case .date(let date): date
    case .distance(let distance): now.addingTimeInterval(-distance)
    }
  }

  /// The moment, where a distance points to the future.
  func date(after now: Date) -> Date {
    switch moment {
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
    guard text.utf8.allSatisfy({ "0123456789-:TZ+.".utf8.contains($0) }) else { return nil }
    let style = Date.ISO8601FormatStyle(timeZone: .gmt)
    return isDay
      ? try? Date(text, strategy: style.year().month().day()) : try? Date(text, strategy: style)
  }
}
