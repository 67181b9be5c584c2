// Owns: how much a registry may remember, whatever labels it is given.

/// The bounds on a registry's memory.
///
/// Labels may carry text from strangers (a model's name in a request), and a series is never forgotten by itself.
package struct MetricLimits: Sendable {
  /// The most metrics; further names are not kept.
  package var metricCount = 1024
  /// The most series of one metric; further labels share one series whose values are `_other`.
  package var seriesCount = 1000
  /// The most labels of a series; one with more is counted with `_other`.
  package var labelCount = 12
  /// The longest name or value of a label, in Unicode scalars; the rest is cut off.
  package var textLength = 200

  /// The usual limits.
  package init() {}
}
