// Owns: what a metric's name stands for: its help text and its buckets.

/// What is known of a metric before its first value.
package struct MetricDescription: Sendable {
  /// One line that says what is measured.
  package let help: String
  /// The upper bounds of a histogram's buckets, rising and finite; nil for the registry's usual ones.
  package let buckets: [Double]?

  /// A description; bounds are put in order, and those that are not finite or stand twice are left out.
  package init(help: String, buckets: [Double]? = nil) {
    self.help = help
    self.buckets = buckets.map(Self.ordered)
  }

  /// Bounds for durations in seconds, from 5 ms to a minute.
  package static let seconds: [Double] = [
    0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60,
  ]

  /// Bounds for counts and sizes, from 1 to a million.
  package static let counts: [Double] = [
    1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 4096, 16384, 65536, 262_144, 1_048_576,
  ]

  private static func ordered(_ bounds: [Double]) -> [Double] {
    var result: [Double] = []
    for bound in bounds.filter(\.isFinite).sorted() where result.last != bound {
      result.append(bound)
    }
    return result
  }
}
