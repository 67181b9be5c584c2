// Owns: what a registry needs of a series, whatever its kind.

/// The values of one metric under one set of labels.
protocol MetricSeries: AnyObject, Sendable {
  /// The metric's name.
  var name: String { get }
  /// The labels.
  var labels: MetricLabels { get }

  /// Writes the values as they are at one moment.
  func write(into text: inout PrometheusText)
}
