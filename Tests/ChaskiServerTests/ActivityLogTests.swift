import ChaskiGeneration
import ChaskiServer
import ChaskiTenants
import Testing

/// What is kept of the last minutes' work.
struct ActivityLogTests {
  private static func snapshot(
    busy: Double,
    rows: [Int],
    teams: [String: Int] = [:]
  ) -> BatchSnapshot {
    var snapshot = BatchSnapshot(maximumBatch: rows.count - 1, pagesTotal: 10)
    snapshot.busySeconds = busy
    snapshot.batchRows = rows
    snapshot.decodeTokens = rows.enumerated().reduce(0) { $0 + $1.offset * $1.element }
    for (team, tokens) in teams { snapshot.teams[team] = BatchSnapshot.Team(tokens: tokens) }
    return snapshot
  }

  @Test func `a sample is what came between two looks`() {
    var log = ActivityLog()
    var now = Self.snapshot(busy: 10, rows: [5, 5, 5], teams: ["a": 100])
    log.look(at: ["m": now], time: 100)
    #expect(log.samples.isEmpty)
    now.busySeconds = 10.75
    now.batchRows = [6, 5, 9]
    now.decodeTokens += 8
    now.teams["a"]?.tokens = 106
    now.teams["b"] = BatchSnapshot.Team(tokens: 2)
    log.noteFirstToken(seconds: 0.5)
    log.look(at: ["m": now], time: 101)
    log.look(at: ["m": now], time: 103)
    #expect(log.samples.map(\.number) == [1, 2])
    #expect(log.samples[0].utilisation == 0.75)
    #expect(log.samples[0].generatedTokens == 8 && log.samples[0].writingSteps == 4)
    #expect(log.samples[0].teamTokens == ["a": 6, "b": 2])
    #expect(log.samples[0].firstTokenSeconds == [0.5])
    #expect(log.samples[1].utilisation == 0 && log.samples[1].teamTokens.isEmpty)
    let both = log.recent(seconds: 10)
    #expect(both.seconds == 3 && both.utilisation == 0.25)
    #expect(log.recent(seconds: 2).seconds == 2)
  }

  @Test func `an engine that was made anew begins at nothing`() {
    var log = ActivityLog()
    log.look(at: ["m": Self.snapshot(busy: 50, rows: [0, 80])], time: 1)
    log.look(at: ["m": Self.snapshot(busy: 0.5, rows: [0, 3])], time: 2)
    log.look(at: [:], time: 3)
    #expect(log.samples.map(\.generatedTokens) == [3, 0])
    #expect(log.samples.map(\.utilisation) == [0.5, 0])
  }

  @Test func `a clock that stands still or goes back makes no sample, and no text is longer`() {
    var log = ActivityLog()
    let snapshot = Self.snapshot(busy: 0, rows: [0, 0])
    for time in [5.0, 5, 4, .nan, 6] { log.look(at: ["m": snapshot], time: time) }
    #expect(log.samples.count <= 1)
    for time in 10..<1000 { log.look(at: ["m": snapshot], time: Double(time)) }
    #expect(log.samples.count == ActivityLog.capacity)
    for _ in 0..<5000 { log.noteFirstToken(seconds: 1) }
    log.look(at: ["m": snapshot], time: 2000)
    #expect(log.samples.last?.firstTokenSeconds.count == ActivityLog.firstTokenLimit)
  }

  @Test func `percentiles are times that were measured`() throws {
    var log = ActivityLog()
    log.look(at: [:], time: 0)
    for number in 1...20 { log.noteFirstToken(seconds: Double(number)) }
    log.look(at: [:], time: 1)
    let percentiles = try #require(log.samples.last?.firstTokenPercentiles)
    #expect(percentiles.p50 == 10 && percentiles.p95 == 19 && percentiles.p99 == 20)
    log.look(at: [:], time: 2)
    #expect(log.samples.last?.firstTokenPercentiles == nil)
  }
}
