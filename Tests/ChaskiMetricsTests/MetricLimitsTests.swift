// Owns: that memory and text stay bounded, and that threads do not disturb each other.

import ChaskiMetrics
import CoreMetrics
import Dispatch
import Testing

/// Many series, many threads.
struct MetricLimitsTests {
  private static func limits(series: Int = 3) -> MetricLimits {
    var limits = MetricLimits()
    limits.seriesCount = series
    limits.metricCount = 4
    limits.labelCount = 2
    limits.textLength = 5
    return limits
  }

  @Test func `labels beyond the limit are counted together and none is lost`() {
    let registry = PrometheusRegistry(limits: Self.limits())
    for index in 0..<1000 {
      Counter(label: "n", dimensions: [("v", "\(index)")], factory: registry).increment()
    }
    // One that was there before goes on.
    Counter(label: "n", dimensions: [("v", "1")], factory: registry).increment(by: 10)
    #expect(
      registry.text() == """
        # TYPE n counter
        n{v="0"} 1
        n{v="1"} 11
        n{v="2"} 1
        n{v="_other"} 997
        # HELP chaski_metrics_folded_total Metrics that were asked for with new labels when their name had too many.
        # TYPE chaski_metrics_folded_total counter
        chaski_metrics_folded_total{metric="n"} 997

        """
    )
  }

  @Test func `names of labels beyond the limit make no series either`() {
    let registry = PrometheusRegistry(limits: Self.limits())
    for index in 0..<1000 {
      Counter(label: "n", dimensions: [("v\(index)", "1")], factory: registry).increment()
    }
    #expect(registry.text().split(separator: "\n").filter { $0.hasPrefix("n{") }.count == 4)
    #expect(registry.text().contains("\nn{v0=\"_other\"} 997\n"))
  }

  @Test func `too many labels are counted with the surplus`() {
    let registry = PrometheusRegistry(limits: Self.limits())
    let many = (0..<1000).map { ("l\($0)", "v") }
    Counter(label: "n", dimensions: many, factory: registry).increment()
    Counter(label: "n", dimensions: [("a", "b")], factory: registry).increment()
    #expect(registry.text().hasPrefix("# TYPE n counter\nn{a=\"b\"} 1\nn{labels=\"_other\"} 1\n"))
  }

  @Test func `long texts are cut`() {
    let registry = PrometheusRegistry(limits: Self.limits())
    let label = String(repeating: "n", count: 100_000)
    Counter(label: label, dimensions: [(label, label)], factory: registry).increment()
    #expect(registry.text() == "# TYPE nnnnn counter\nnnnnn{nnnnn=\"nnnnn…\"} 1\n")
  }

  @Test func `a value of just the limit is whole`() {
    let registry = PrometheusRegistry(limits: Self.limits())
    Counter(label: "n", dimensions: [("v", "12345")], factory: registry).increment()
    #expect(registry.text().contains("v=\"12345\""))
  }

  @Test func `metrics beyond the limit are refused`() {
    let registry = PrometheusRegistry(limits: Self.limits())
    for index in 0..<10 { Counter(label: "n\(index)", factory: registry).increment() }
    #expect(registry.text().hasSuffix("\nchaski_metrics_refused_total 6\n"))
    #expect(!registry.text().contains("n4"))
  }

  @Test func `a series makes room when it is destroyed`() {
    let registry = PrometheusRegistry(limits: Self.limits(series: 1))
    let first = Timer(label: "n", dimensions: [("v", "1")], factory: registry)
    first.destroy()
    Timer(label: "n", dimensions: [("v", "2")], factory: registry).recordSeconds(1)
    #expect(registry.text().contains("n_count{v=\"2\"} 1\n"))
    #expect(!registry.text().contains("_other"))
  }

  @Test func `threads that count at once lose nothing, and every text is of one moment`() {
    let registry = PrometheusRegistry(descriptions: [
      "h": MetricDescription(help: "H", buckets: [1, 2, 3])
    ])
    DispatchQueue.concurrentPerform(iterations: 8) { thread in
      let mine = Counter(label: "n", dimensions: [("t", "\(thread % 2)")], factory: registry)
      for value in 0..<5000 {
        mine.increment()
        Recorder(label: "h", factory: registry).record(Int64(value % 5))
        if value % 1000 == 0 { checkWhole(registry.text()) }
      }
    }
    let text = registry.text()
    #expect(text.contains("n{t=\"0\"} 20000\nn{t=\"1\"} 20000\n"))
    #expect(text.contains("h_bucket{le=\"1\"} 16000\nh_bucket{le=\"2\"} 24000\n"))
    #expect(text.contains("h_sum 80000\nh_count 40000\n"))
  }

  // The last bucket holds everything that was counted.
  private func checkWhole(_ text: String) {
    func value(_ name: String) -> Substring? {
      text.split(separator: "\n").first { $0.hasPrefix(name) }?.split(separator: " ").last
    }
    #expect(value("h_bucket{le=\"+Inf\"}") == value("h_count"))
  }
}
