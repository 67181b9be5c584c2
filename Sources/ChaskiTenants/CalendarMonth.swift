// Owns: months, by which budgets are counted.

import Foundation

/// A month of the Gregorian calendar in UTC.
struct CalendarMonth: Sendable, Hashable {
  /// The month's first moment.
  let start: Date
  /// The next month's first moment.
  let end: Date

  /// The month that a moment lies in.
  init(containing date: Date) {
    var calendar = Calendar(identifier: .gregorian)
    calendar.timeZone = .gmt
    let month = calendar.dateInterval(of: .month, for: date)
    // Every date lies in a month; a calendar that knew better would make budgets last a day.
    start = month?.start ?? date
    end = month?.end ?? date.addingTimeInterval(86_400)
  }

  /// Whether a moment lies in the month.
  func contains(_ date: Date) -> Bool { date >= start && date < end }
}
