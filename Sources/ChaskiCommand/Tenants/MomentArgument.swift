// Owns: moments as options. Does not own: how they are written (Moment).

import ArgumentParser
import ChaskiTenants
import Foundation

/// A day, a time, or how many minutes, hours, days or weeks from now.
struct MomentArgument: ExpressibleByArgument, Sendable {
  private let moment: Moment

  init?(argument: String) {
    guard let moment = Moment(argument) else { return nil }
    self.moment = moment
  }

  /// The moment, where a distance points to the past.
  func date(before now: Date) -> Date { moment.date(before: now) }

  /// The moment, where a distance points to the future.
  func date(after now: Date) -> Date { moment.date(after: now) }
}
