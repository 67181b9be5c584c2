// Owns: the three figures by which latencies are told.

/// Percentiles of times in seconds, by nearest rank: each is a time that was measured.
package struct Percentiles: Sendable, Hashable, Codable {
  /// Half of the requests took no longer.
  package let p50: Double
  /// 95 of 100 requests took no longer.
  package let p95: Double
  /// 99 of 100 requests took no longer.
  package let p99: Double

  /// Three times in seconds.
  package init(p50: Double, p95: Double, p99: Double) {
    self.p50 = p50
    self.p95 = p95
    self.p99 = p99
  }
}
