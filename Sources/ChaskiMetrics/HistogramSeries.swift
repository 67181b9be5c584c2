// Owns: the buckets of a histogram: a timer, or a recorder that aggregates.

import CoreMetrics
import Synchronization

/// Values counted in buckets; those of timers are seconds.
final class HistogramSeries: MetricSeries, RecorderHandler, TimerHandler {
  private struct Counts {
    // One more than there are bounds: the last holds what is above all of them.
    var buckets: [UInt64]
    var sum = 0.0
  }

  let name: String
  let labels: MetricLabels
  private let bounds: [Double]
  private let counts: Mutex<Counts>

  init(name: String, labels: MetricLabels, bounds: [Double]) {
    self.name = name
    self.labels = labels
    self.bounds = bounds
    counts = Mutex(Counts(buckets: [UInt64](repeating: 0, count: bounds.count + 1)))
  }

  func record(_ value: Int64) { observe(Double(value)) }

  func record(_ value: Double) { observe(value) }

  func recordNanoseconds(_ duration: Int64) { observe(Double(max(duration, 0)) / 1e9) }

  @inline(never)
  private func observe(_ value: Double) {
    // One such value would make the sum useless for as long as the program runs.
    guard value.isFinite else { return }
    let bucket = bucket(of: value)
    counts.withLock { counts in
      counts.buckets[bucket] += 1
      counts.sum += value
    }
  }

  /// Adds values that were counted elsewhere, in as many buckets as there are here.
  @inline(never)
  func add(_ buckets: [UInt64], sum: Double) {
    guard buckets.count == bounds.count + 1, sum.isFinite else { return }
    counts.withLock { counts in
      for (bucket, count) in buckets.enumerated() { counts.buckets[bucket] += count }
      counts.sum += sum
    }
  }

  // The first bucket whose bound is not below the value.
  private func bucket(of value: Double) -> Int {
    var low = 0
    var high = bounds.count
    while low < high {
      let middle = (low + high) / 2
      if bounds[middle] < value { low = middle + 1 } else { high = middle }
    }
    return low
  }

  @inline(never)
  func write(into text: inout PrometheusText) {
    let counts = counts.withLock { $0 }
    let others = labels.text.isEmpty ? "" : labels.text + ","
    var count: UInt64 = 0
    for (bucket, bound) in zip(counts.buckets, bounds + [.infinity]) {
      count += bucket
      let label = "\(others)le=\"\(PrometheusText.number(bound))\""
      text.sample("\(name)_bucket", label, "\(count)")
    }
    text.sample("\(name)_sum", labels.text, PrometheusText.number(counts.sum))
    text.sample("\(name)_count", labels.text, "\(count)")
  }
}
