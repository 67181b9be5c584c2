// Owns: calendar arithmetic against dates known from ISO 8601 and from the calendar.

import ChaskiJinja
import Foundation
import Testing

@Suite struct CivilTimeTests {
  @Test(arguments: [
    (2000, 1, 1, "Sat 001 1999-W52 00 00 946684800"),
    (2021, 1, 3, "Sun 003 2020-W53 01 00 1609632000"),
    (2024, 2, 29, "Thu 060 2024-W09 08 09 1709164800"),
    (2024, 12, 30, "Mon 365 2025-W01 52 53 1735516800"),
    (2026, 12, 31, "Thu 365 2026-W53 52 52 1798675200"),
    (1900, 3, 1, "Thu 060 1900-W09 08 09 -2203891200"),
  ])
  func `days and weeks are counted`(year: Int, month: Int, day: Int, expected: String) throws {
    let template = try Template("{{ strftime_now('%a %j %G-W%V %U %W %s') }}")
    let time = CivilTime(year: year, month: month, day: day)
    #expect(try template.render(now: time).text == expected)
  }

  @Test(arguments: [
    ("%-d|%_d|%e|%-H|%I|%l", 0, "4| 4| 4|0|12|12"), ("%I %p %P", 13, "01 PM pm"),
    ("%^a %^B", 5, "SAT JULY"), ("%Q %", 5, "%Q %"), ("%Z%z|%f", 5, "|000000"),
  ])
  func `flags and edges are honoured`(format: String, hour: Int, expected: String) throws {
    let template = try Template("{{ strftime_now(f) }}")
    let time = CivilTime(year: 2026, month: 7, day: 4, hour: hour)
    #expect(try template.render(["f": .string(format)], now: time).text == expected)
  }

  @Test func `a date is read on the wall of its zone`() throws {
    let zone = try #require(TimeZone(secondsFromGMT: -3_600))
    let time = CivilTime(Date(timeIntervalSince1970: 86_400), in: zone)
    #expect(time == CivilTime(year: 1970, month: 1, day: 1, hour: 23))
  }
}
