import ChaskiTenants
import Foundation
import Testing

/// Moments as people write them.
struct MomentTests {
  private static let now = Date(timeIntervalSince1970: 1_795_348_800)

  @Test(arguments: [
    ("90m", 5400.0), ("12h", 43_200), ("30d", 2_592_000), ("2w", 1_209_600), ("0m", 0),
  ])
  func `a distance points to the past or to the future`(text: String, seconds: Double) throws {
    let moment = try #require(Moment(text))
    #expect(moment.date(before: Self.now) == Self.now.addingTimeInterval(-seconds))
    #expect(moment.date(after: Self.now) == Self.now.addingTimeInterval(seconds))
  }

  @Test(arguments: [
    ("1970-01-02", 86_400.0), ("2026-11-22T12:00:00Z", 1_795_348_800),
    ("2026-11-22T13:30:00+01:30", 1_795_348_800),
  ])
  func `a day begins with its first moment in UTC, and a time is itself`(
    text: String,
    seconds: Double
  ) throws {
    let moment = try #require(Moment(text))
    #expect(moment.date(before: Self.now).timeIntervalSince1970 == seconds)
    #expect(moment.date(after: Self.now).timeIntervalSince1970 == seconds)
  }

  @Test(arguments: [
    "", "d", "-1d", "1y", "1000001d", "99999999999d", "yesterday", "2026-13-01", "2026-11",
    "2026-11-22T", "1.5h", "\u{661}d", String(repeating: "1", count: 100_000),
  ])
  func `what is no moment is none`(text: String) { #expect(Moment(text) == nil) }
}
