// Owns: keeping the server's figures, of requests and of engines. Does not own: their names (FigureName), how they are
// kept and written (ChaskiMetrics).

package import ChaskiGeneration
import ChaskiMetrics
import Foundation
import Metrics
import Synchronization

/// What monitors read: requests and their times by model and team, the engines' work.
package final class ServerFigures: Sendable {
  /// An engine whose work is told.
  package struct Engine: Sendable {
    /// The model's name.
    package let model: String
    /// What the engine has done so far.
    package let snapshot: @Sendable () -> BatchSnapshot

    /// The engine of `model`.
    package init(model: String, snapshot: @escaping @Sendable () -> BatchSnapshot) {
      self.model = model
      self.snapshot = snapshot
    }
  }

  private let registry = PrometheusRegistry(descriptions: FigureName.descriptions)
  private let engines: Mutex<@Sendable () -> [String: BatchSnapshot]>
  /// What the engines do now and did in the last minutes.
  let activity = LiveActivity()
  private let start = ContinuousClock.now
  // What was told of an engine before: counters take what has come since. One look at a time: an older snapshot that is told
  // after a newer one would take something away.
  private let told = Mutex<[String: Told]>([:])

  private struct Told {
    var snapshot: BatchSnapshot
    var time: ContinuousClock.Instant
  }

  /// Figures of these engines and of the requests that are noted.
  package init(engines: [Engine] = []) {
    self.engines = Mutex {
      Dictionary(engines.map { ($0.model, $0.snapshot()) }, uniquingKeysWith: { first, _ in first })
    }
  }

  /// Figures of the engines of the models that `models` says are in memory, and of the requests that are noted.
  package convenience init(models: @escaping @Sendable () -> [ServedModel]) {
    self.init()
    follow(models)
  }

  /// Tells from now on of the engines of the models that `models` says are in memory.
  @inline(never)
  package func follow(_ models: @escaping @Sendable () -> [ServedModel]) {
    engines.withLock { engines in
      engines = {
        var found: [String: BatchSnapshot] = [:]
        for model in models() { found[model.id] = model.engine.snapshot() }
        return found
      }
    }
  }

  @inline(never)
  private func snapshots() -> [String: BatchSnapshot] {
    let engines = engines.withLock { $0 }
    return engines()
  }

  /// All figures, as Prometheus reads them.
  package func text() -> String {
    tell()
    return registry.text()
  }

  /// Looks at the engines for the log of the last minutes' work.
  func look(at time: Date) {
    activity.look(at: snapshots(), time: time.timeIntervalSince1970)
  }

  /// Notes a request that has ended.
  func note(_ usage: RequestUsage, team: String) {
    let labels = [("model", usage.model), ("team", team)]
    let outcome = [("route", usage.route), ("outcome", usage.outcome.rawValue)]
    counter(.requests, labels + outcome).increment()
    counter(.promptTokens, labels).increment(by: usage.promptTokenCount)
    counter(.cachedTokens, labels).increment(by: usage.cachedTokenCount)
    counter(.generatedTokens, labels).increment(by: usage.generatedTokenCount)
    counter(.wastedTokens, labels).increment(by: usage.wastedTokenCount)
    sum(.computeSeconds, labels).increment(by: usage.computeSeconds)
    sum(.wastedSeconds, labels).increment(by: usage.wastedSeconds)
    time(.requestSeconds, labels, usage.duration)
    time(.queueSeconds, labels, usage.queueDuration)
    guard let first = usage.timeToFirstToken else { return }
    activity.noteFirstToken(first)
    time(.firstTokenSeconds, labels, first)
    time(.prefillSeconds, labels, usage.prefillDuration)
    time(.decodeSeconds, labels, usage.decodeDuration)
    registry.add(
      usage.tokenGaps.counts,
      sum: usage.tokenGaps.totalSeconds,
      toHistogram: FigureName.tokenGapSeconds.rawValue,
      dimensions: labels
    )
    let later = usage.generatedTokenCount - 1
    if later > 0, usage.duration > first {
      time(.laterTokenSeconds, labels, (usage.duration - first) / later)
    }
  }

  /// Notes a request that was refused because its team has used what it may.
  func noteRefusal(team: String) {
    counter(.refusals, [("team", team)]).increment()
  }

  /// Notes a reply that begins.
  func noteReply(status: Int) {
    counter(.replies, [("status", "\(status)")]).increment()
  }

  /// Tells for the last time of an engine that leaves memory: what it has done stays counted.
  @inline(never)
  package func retire(_ model: String, _ snapshot: BatchSnapshot) {
    told.withLock { told in
      var last = told.removeValue(forKey: model)
      if last?.snapshot.startedAt != snapshot.startedAt { last = nil }
      tellCounts(of: model, snapshot, since: last?.snapshot)
      tellState(of: model, snapshot.atRest, utilisation: 0)
    }
  }

  @inline(never)
  private func tell() {
    told.withLock { told in
      let snapshots = snapshots()
      let now = ContinuousClock.now
      tell(snapshots, before: told, now)
      told = snapshots.mapValues { Told(snapshot: $0, time: now) }
    }
  }

  private func tell(
    _ snapshots: [String: BatchSnapshot],
    before: [String: Told],
    _ now: ContinuousClock.Instant
  ) {
    for (model, snapshot) in snapshots {
      // A model that was loaded again has an engine that begins at nothing.
      var last = before[model]
      if last?.snapshot.startedAt != snapshot.startedAt { last = nil }
      tellCounts(of: model, snapshot, since: last?.snapshot)
      let wall = (now - (last?.time ?? start)) / .seconds(1)
      let busy = snapshot.busySeconds - (last?.snapshot.busySeconds ?? 0)
      // Since the last look, or since the start; a step that is under way counts when it ends.
      tellState(of: model, snapshot, utilisation: wall > 0 ? min(busy / wall, 1) : 0)
    }
    for (model, last) in before where snapshots[model] == nil {
      tellState(of: model, last.snapshot.atRest, utilisation: 0)
    }
  }

  /// Notes a model that was loaded, or could not be.
  func noteLoad(_ model: String, succeeded: Bool, duration: Duration, byteCount: Int) {
    let labels = [("model", model)]
    counter(.modelLoads, labels + [("outcome", succeeded ? "loaded" : "failed")]).increment()
    if succeeded { time(.modelLoadSeconds, labels, duration) }
    gauge(.modelBytes, labels, Double(byteCount))
  }

  /// Notes a model that left memory.
  func noteUnload(_ model: String) {
    counter(.modelUnloads, [("model", model)]).increment()
    gauge(.modelBytes, [("model", model)], 0)
  }

  private func tellCounts(of model: String, _ now: BatchSnapshot, since last: BatchSnapshot?) {
    let labels = [("model", model)]
    let counts: [(FigureName, KeyPath<BatchSnapshot, Int>)] = [
      (.engineSteps, \.stepCount), (.enginePrefill, \.prefillTokens),
      (.engineDecode, \.decodeTokens), (.engineCached, \.cachedTokens),
      (.engineWasted, \.wastedTokens), (.prefixHits, \.prefixHits),
      (.prefixMisses, \.prefixMisses), (.preemptions, \.preemptions), (.evictions, \.evictions),
    ]
    for (name, path) in counts {
      counter(name, labels).increment(by: now[keyPath: path] - (last?[keyPath: path] ?? 0))
    }
    sum(.engineBusy, labels).increment(by: now.busySeconds - (last?.busySeconds ?? 0))
    sum(.engineWastedSeconds, labels)
      .increment(by: now.wastedSeconds - (last?.wastedSeconds ?? 0))
    let bounds = FigureName.batchRows.buckets ?? []
    var buckets = [UInt64](repeating: 0, count: bounds.count + 1)
    var rowCount = 0.0
    for (rows, steps) in now.batchRows.enumerated() {
      let new = steps - (last.map { $0.batchRows[rows] } ?? 0)
      buckets[bounds.firstIndex { Double(rows) <= $0 } ?? bounds.count] += UInt64(max(new, 0))
      rowCount += Double(new * rows)
    }
    registry.add(
      buckets,
      sum: rowCount,
      toHistogram: FigureName.batchRows.rawValue,
      dimensions: labels
    )
  }

  private func tellState(of model: String, _ now: BatchSnapshot, utilisation: Double) {
    let labels = [("model", model)]
    gauge(.utilisation, labels, utilisation)
    gauge(.running, labels, Double(now.running))
    gauge(.waiting, labels, Double(now.waiting))
    gauge(.finishedTexts, labels, Double(now.finishedTexts))
    gauge(.pagesUsed, labels, Double(now.pagesUsed))
    gauge(.pagesTotal, labels, Double(now.pagesTotal))
    for (name, team) in now.teams {
      gauge(.teamRunning, labels + [("team", name)], Double(team.running))
      gauge(.teamWaiting, labels + [("team", name)], Double(team.waiting))
    }
  }

  private func counter(_ name: FigureName, _ labels: [(String, String)]) -> Counter {
    Counter(label: name.rawValue, dimensions: labels, factory: registry)
  }

  private func sum(_ name: FigureName, _ labels: [(String, String)]) -> FloatingPointCounter {
    FloatingPointCounter(label: name.rawValue, dimensions: labels, factory: registry)
  }

  private func gauge(_ name: FigureName, _ labels: [(String, String)], _ value: Double) {
    Meter(label: name.rawValue, dimensions: labels, factory: registry).set(value)
  }

  private func time(_ name: FigureName, _ labels: [(String, String)], _ duration: Duration) {
    Recorder(label: name.rawValue, dimensions: labels, aggregate: true, factory: registry)
      .record(duration / .seconds(1))
  }
}

extension BatchSnapshot {
  /// The figures of an engine that is gone: nothing runs, nothing is held.
  fileprivate var atRest: BatchSnapshot {
    var rest = self
    (rest.running, rest.waiting, rest.finishedTexts) = (0, 0, 0)
    (rest.pagesUsed, rest.pagesTotal) = (0, 0)
    for team in rest.teams.keys {
      rest.teams[team]?.running = 0
      rest.teams[team]?.waiting = 0
    }
    return rest
  }
}
