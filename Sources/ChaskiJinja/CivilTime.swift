// Owns: the wall-clock time a template may print, and its formatting in the C locale.
// Does not own a clock: the caller passes the time in.

public import Foundation

/// A wall-clock time without a zone, in the proleptic Gregorian calendar.
public struct CivilTime: Sendable, Hashable {
  /// The year.
  public let year: Int
  /// The month, 1 to 12.
  public let month: Int
  /// The day, 1 to 31.
  public let day: Int
  /// The hour, 0 to 23.
  public let hour: Int
  /// The minute, 0 to 59.
  public let minute: Int
  /// The second, 0 to 60.
  public let second: Int

  /// Makes a time; parts outside their ranges are brought into them.
  public init(year: Int, month: Int, day: Int, hour: Int = 0, minute: Int = 0, second: Int = 0) {
    self.year = min(max(year, 1), 9999)
    self.month = min(max(month, 1), 12)
    self.day = min(max(day, 1), 31)
    self.hour = min(max(hour, 0), 23)
    self.minute = min(max(minute, 0), 59)
    self.second = min(max(second, 0), 60)
  }

  /// What a clock on the wall shows at `date` in `timeZone`.
  public init(_ date: Date, in timeZone: TimeZone) {
    var calendar = Calendar(identifier: .gregorian)
    calendar.timeZone = timeZone
    let parts = calendar.dateComponents(
      [.year, .month, .day, .hour, .minute, .second],
      from: date
    )
    self.init(
      year: parts.year ?? 1,
      month: parts.month ?? 1,
      day: parts.day ?? 1,
      hour: parts.hour ?? 0,
      minute: parts.minute ?? 0,
      second: parts.second ?? 0
    )
  }

  /// The day of the year, from 1.
  var dayOfYear: Int {
    let before = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334]
    return before[month - 1] + day + (isLeap && month > 2 ? 1 : 0)
  }

  /// The day of the week, 0 for Sunday.
  var weekday: Int { ((daysBefore(year: year) + dayOfYear) % 7 + 7) % 7 }

  private var isLeap: Bool { Self.isLeap(year) }

  private static func isLeap(_ year: Int) -> Bool {
    (year % 4 == 0 && year % 100 != 0) || year % 400 == 0
  }

  // Days from 31 December of year 0, a Sunday, to the last day before `year`.
  private func daysBefore(year: Int) -> Int {
    let past = year - 1
    return past * 365 + past / 4 - past / 100 + past / 400
  }

  /// The week and its year as ISO 8601 counts them.
  var isoWeek: (year: Int, week: Int) {
    let mondayBased = (weekday + 6) % 7
    let week = (dayOfYear - mondayBased + 9) / 7
    if week < 1 {
      let last = CivilTime(year: year - 1, month: 12, day: 31)
      return (year - 1, last.isoWeek.week)
    }
    if week == 53 {
      let daysInYear = isLeap ? 366 : 365
      // The week belongs to the next year when its Thursday does.
      if dayOfYear - mondayBased + 3 > daysInYear { return (year + 1, 1) }
    }
    return (year, week)
  }

  /// Seconds since 1970 if the time were in UTC.
  var secondsSince1970: Int {
    let days = daysBefore(year: year) + dayOfYear - 719_163
    return days * 86_400 + hour * 3_600 + minute * 60 + second
  }
}
