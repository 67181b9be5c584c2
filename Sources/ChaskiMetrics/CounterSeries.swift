// Owns: the sum of a counter, of whole and of broken numbers.

import CoreMetrics
import Synchronization

/// A sum that only grows.
///
/// What would make it shrink, or is no number, is left out.
final class CounterSeries: MetricSeries, CounterHandler, FloatingPointCounterHandler {
  private struct Sum {
    var whole: Int64 = 0
    var rest: Double = 0
  }

  let name: String
  let labels: MetricLabels
  private let sum = Mutex(Sum())

  init(name: String, labels: MetricLabels) {
    self.name = name
    self.labels = labels
  }

  @inline(never)
  func increment(by amount: Int64) {
    guard amount > 0 else { return }
    sum.withLock { sum in
      let (whole, isOverflow) = sum.whole.addingReportingOverflow(amount)
      sum.whole = isOverflow ? .max : whole
    }
  }

  @inline(never)
  func increment(by amount: Double) {
    guard amount > 0, amount.isFinite else { return }
    sum.withLock { $0.rest += amount }
  }

  @inline(never)
  func reset() {
    sum.withLock { $0 = Sum() }
  }

  @inline(never)
  func write(into text: inout PrometheusText) {
    let sum = sum.withLock { $0 }
    let value =
      sum.rest == 0 ? "\(sum.whole)" : PrometheusText.number(Double(sum.whole) + sum.rest)
    text.sample(name, labels.text, value)
  }
}
