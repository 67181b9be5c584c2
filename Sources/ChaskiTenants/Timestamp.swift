// Owns: how moments are kept in the database.

import Foundation

/// Moments as whole microseconds since 1970, which sort and compare as they happened.
enum Timestamp {
  /// The moments that are kept, in seconds since 1970: up to the year 5000.
  ///
  /// Foundation's texts of dates far outside end the program.
  static let range = 0...95_617_584_000.0

  /// The moment as a number, rounded down; moments that no clock shows become the nearest that is kept.
  static func microseconds(_ date: Date) -> Int64 {
    let seconds = min(max(date.timeIntervalSince1970, -1e11), 1e11)
    return seconds.isNaN ? 0 : Int64((seconds * 1e6).rounded(.down))
  }

  /// The moment that a number stands for.
  static func date(_ microseconds: Int64) -> Date {
    Date(timeIntervalSince1970: Double(microseconds) / 1e6)
  }
}
