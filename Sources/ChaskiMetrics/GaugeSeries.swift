// Owns: the value of a gauge: a meter, or a recorder that does not aggregate.

import CoreMetrics
import Synchronization

/// A value that goes up and down.
final class GaugeSeries: MetricSeries, MeterHandler, RecorderHandler {
  let name: String
  let labels: MetricLabels
  private let value = Mutex(0.0)

  init(name: String, labels: MetricLabels) {
    self.name = name
    self.labels = labels
  }

  func set(_ value: Int64) { set(Double(value)) }

  @inline(never)
  func set(_ value: Double) {
    self.value.withLock { $0 = value }
  }

  @inline(never)
  func increment(by amount: Double) {
    value.withLock { $0 += amount }
  }

  func decrement(by amount: Double) { increment(by: -amount) }

  func record(_ value: Int64) { set(Double(value)) }

  func record(_ value: Double) { set(value) }

  @inline(never)
  func write(into text: inout PrometheusText) {
    text.sample(name, labels.text, PrometheusText.number(value.withLock { $0 }))
  }
}
