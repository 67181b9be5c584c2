// Owns: which figures the server keeps, and their names. Does not own: how they are kept and written (ChaskiMetrics).

package import ChaskiGeneration
import ChaskiMetrics
import Metrics
import Synchronization

/// What monitors read: requests and their times by model and team, the engines' work.
///
/// Names follow https://prometheus.io/docs/practices/naming/: base units, counters end in `_total`.
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
  private let engines: [Engine]
  private let start = ContinuousClock.now
  // What was told of an engine before: counters take what has come since.
  private let told = Mutex<[String: Told]>([:])

  private struct Told {
    var snapshot: BatchSnapshot
    var time: ContinuousClock.Instant
  }

  /// Figures of these engines and of the requests that are noted.
  package init(engines: [Engine] = []) {
    self.engines = engines
  }

  /// All figures, as Prometheus reads them.
  package func text() -> String {
    for engine in engines { tell(engine.snapshot(), of: engine.model) }
    return registry.text()
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
    time(.requestSeconds, labels, usage.duration)
    time(.queueSeconds, labels, usage.queueDuration)
    guard let first = usage.timeToFirstToken else { return }
    time(.firstTokenSeconds, labels, first)
    let later = usage.generatedTokenCount - 1
    if later > 0, usage.duration > first {
      time(.laterTokenSeconds, labels, (usage.duration - first) / later)
    }
  }

  /// Notes a request that was refused because its team has used what it may.
  func noteRefusal(team: String) {
    counter(.refusals, [("team", team)]).increment()
  }

  @inline(never)
  private func tell(_ now: BatchSnapshot, of model: String) {
    let time = ContinuousClock.now
    let last = told.withLock { told in
      defer { told[model] = Told(snapshot: now, time: time) }
      return told[model]
    }
    let before = last?.snapshot
    let labels = [("model", model)]
    let counts: [(FigureName, KeyPath<BatchSnapshot, Int>)] = [
      (.engineSteps, \.stepCount), (.enginePrefill, \.prefillTokens),
      (.engineDecode, \.decodeTokens), (.engineCached, \.cachedTokens),
      (.engineWasted, \.wastedTokens), (.prefixHits, \.prefixHits),
      (.prefixMisses, \.prefixMisses), (.preemptions, \.preemptions), (.evictions, \.evictions),
    ]
    for (name, path) in counts {
      counter(name, labels).increment(by: now[keyPath: path] - (before?[keyPath: path] ?? 0))
    }
    let busy = now.busySeconds - (before?.busySeconds ?? 0)
    sum(.engineBusy, labels).increment(by: busy)
    let wall = (time - (last?.time ?? start)) / .seconds(1)
    // Since the last look, or since the start; a step that is under way counts when it ends.
    gauge(.utilisation, labels, wall > 0 ? min(busy / wall, 1) : 0)
    gauge(.running, labels, Double(now.running))
    gauge(.waiting, labels, Double(now.waiting))
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
