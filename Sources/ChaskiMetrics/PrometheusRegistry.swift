// Owns: all metrics of the program by name, and writing them.
// Does not own: serving the text, and what is measured.

package import CoreMetrics
import Synchronization

/// A backend of swift-metrics that keeps values in memory and writes them as Prometheus reads them.
///
/// Counters become counters; meters and recorders that do not aggregate become gauges; timers (in seconds) and recorders
/// that aggregate become histograms. Names become allowed ones. Safe to use from any thread; a value costs one
/// uncontended lock, the text time in proportion to its length.
package final class PrometheusRegistry: MetricsFactory, Sendable {
  fileprivate struct Contents {
    var families: [String: MetricFamily] = [:]
    // Which metric writes under a name: a histogram `x` also takes `x_count`.
    var owners = [foldedName: foldedName, refusedName: refusedName]
    var refusedCount = 0
  }

  /// The media type of `text()`.
  package static let contentType = "text/plain; version=0.0.4; charset=utf-8"

  private let descriptions: [String: MetricDescription]
  private let limits: MetricLimits
  private let contents = Mutex(Contents())

  /// An empty registry; `descriptions` has a metric's help and buckets by its name.
  package init(
    descriptions: [String: MetricDescription] = [:],
    limits: MetricLimits = MetricLimits()
  ) {
    var byName: [String: MetricDescription] = [:]
    for (name, description) in descriptions {
      byName[MetricName.metric(name, limit: limits.textLength)] = description
    }
    self.descriptions = byName
    self.limits = limits
  }

  /// All values, in the text format 0.0.4, by name and then by labels.
  ///
  /// Each series is written as it was at one moment. Where values were folded into `_other`, or metrics were refused,
  /// `chaski_metrics_folded_total` and `chaski_metrics_refused_total` say so.
  @inline(never)
  package func text() -> String {
    let (families, refusedCount) = contents.withLock { ($0.families, $0.refusedCount) }
    var text = PrometheusText()
    var isFolded = false
    for (name, family) in families.sorted(by: { $0.key < $1.key }) {
      let series = family.ordered
      isFolded = isFolded || family.foldedCount > 0
      guard !series.isEmpty else { continue }
      text.header(name: name, help: descriptions[name]?.help, kind: family.kind)
      for one in series { one.write(into: &text) }
    }
    if isFolded { Self.writeFolded(families, into: &text) }
    if refusedCount > 0 { Self.writeRefused(refusedCount, into: &text) }
    return text.text
  }

  private static let foldedName = "chaski_metrics_folded_total"
  private static let refusedName = "chaski_metrics_refused_total"

  private static func writeFolded(
    _ families: [String: MetricFamily],
    into text: inout PrometheusText
  ) {
    text.header(
      name: foldedName,
      help: "Metrics that were asked for with new labels when their name had too many.",
      kind: .counter
    )
    for (name, family) in families.sorted(by: { $0.key < $1.key }) where family.foldedCount > 0 {
      text.sample(foldedName, "metric=\"\(name)\"", "\(family.foldedCount)")
    }
  }

  private static func writeRefused(_ count: Int, into text: inout PrometheusText) {
    text.header(
      name: refusedName,
      help:
        "Metrics that were not kept: their name belongs to another kind, or there are too many.",
      kind: .counter
    )
    text.sample(refusedName, "", "\(count)")
  }
}

extension PrometheusRegistry {
  /// The counter of this name and these labels.
  package func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
    series(.counter, label, dimensions) { name, labels in
      CounterSeries(name: name, labels: labels)
    }
  }

  /// The counter of this name and these labels, to add broken numbers to.
  package func makeFloatingPointCounter(
    label: String,
    dimensions: [(String, String)]
  ) -> any FloatingPointCounterHandler {
    series(.counter, label, dimensions) { name, labels in
      CounterSeries(name: name, labels: labels)
    }
  }

  /// The gauge of this name and these labels.
  package func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
    series(.gauge, label, dimensions) { name, labels in GaugeSeries(name: name, labels: labels) }
  }

  /// The histogram of this name and these labels, or the gauge if nothing is to be aggregated.
  package func makeRecorder(
    label: String,
    dimensions: [(String, String)],
    aggregate: Bool
  ) -> any RecorderHandler {
    guard aggregate else {
      return series(.gauge, label, dimensions) { name, labels in
        GaugeSeries(name: name, labels: labels)
      }
    }
    return histogram(label, dimensions, usual: MetricDescription.counts)
  }

  /// The histogram of this name and these labels, whose values are seconds.
  package func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
    histogram(label, dimensions, usual: MetricDescription.seconds)
  }

  /// Adds values that were counted elsewhere to the histogram of this name and these labels.
  ///
  /// `buckets` has a number for each bound of the metric's description and one for what is above them all, each without
  /// the buckets below; where it has more or fewer, nothing is added.
  package func add(
    _ buckets: [UInt64],
    sum: Double,
    toHistogram label: String,
    dimensions: [(String, String)]
  ) {
    histogram(label, dimensions, usual: MetricDescription.counts).add(buckets, sum: sum)
  }

  /// Forgets a counter that nobody else uses.
  package func destroyCounter(_ handler: any CounterHandler) { release(handler) }

  /// Forgets a counter that nobody else uses.
  package func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) {
    release(handler)
  }

  /// Forgets a gauge that nobody else uses.
  package func destroyMeter(_ handler: any MeterHandler) { release(handler) }

  /// Forgets a histogram or gauge that nobody else uses.
  package func destroyRecorder(_ handler: any RecorderHandler) { release(handler) }

  /// Forgets a histogram that nobody else uses.
  package func destroyTimer(_ handler: any TimerHandler) { release(handler) }

  private func histogram(
    _ label: String,
    _ dimensions: [(String, String)],
    usual: [Double]
  ) -> HistogramSeries {
    let descriptions = descriptions
    return series(.histogram, label, dimensions) { name, labels in
      HistogramSeries(name: name, labels: labels, bounds: descriptions[name]?.buckets ?? usual)
    }
  }

  @inline(never)
  private func series<Series: MetricSeries>(
    _ kind: MetricKind,
    _ label: String,
    _ dimensions: [(String, String)],
    make: (String, MetricLabels) -> Series
  ) -> Series {
    let name = MetricName.metric(label, limit: limits.textLength)
    let labels = MetricLabels(dimensions, isHistogram: kind == .histogram, limits: limits)
    let kept = contents.withLock { contents -> (any MetricSeries)? in
      guard contents.claim(name, kind, first: labels, limit: limits.metricCount) else {
        contents.refusedCount += 1
        return nil
      }
      return contents.families[name]?.series(labels, limit: limits.seriesCount) {
        make(name, $0)
      }
    }
    // What is not kept still takes values: a metric must not end the program that it measures.
    return kept as? Series ?? make(name, labels ?? MetricLabels(otherOf: []))
  }

  @inline(never)
  private func release(_ handler: AnyObject) {
    guard let series = handler as? any MetricSeries else { return }
    contents.withLock { $0.families[series.name]?.release(series) }
  }
}

extension PrometheusRegistry.Contents {
  // Whether the name is that of a metric of this kind, from now on if it was nobody's.
  fileprivate mutating func claim(
    _ name: String,
    _ kind: MetricKind,
    first: MetricLabels?,
    limit: Int
  ) -> Bool {
    if let family = families[name] { return family.kind == kind }
    let names = kind.sampleNames(of: name)
    guard families.count < limit, names.allSatisfy({ owners[$0] == nil }) else { return false }
    for sample in names { owners[sample] = name }
    families[name] = MetricFamily(kind: kind, first: first)
    return true
  }
}
