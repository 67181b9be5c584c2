// Owns: the kinds of metrics and the names that each takes.

/// What a metric is, by Prometheus' word for it.
enum MetricKind: String, Sendable {
  /// A sum that only grows.
  case counter
  /// A value that goes up and down.
  case gauge
  /// Values counted in buckets.
  case histogram

  /// The names under which values of a metric of this kind are written.
  func sampleNames(of name: String) -> [String] {
    switch self {
    case .counter, .gauge: [name]
    case .histogram: [name, "\(name)_bucket", "\(name)_sum", "\(name)_count"]
    }
  }
}
