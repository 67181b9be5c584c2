// Owns: names and labels from anywhere.

import ChaskiMetrics
import CoreMetrics
import Testing

/// Names and labels that Prometheus would not take, or that are meant to harm.
struct MetricNamesTests {
  @Test(arguments: [
    ("http.requests", "http_requests"), ("9lives", "_9lives"), ("a:b", "a:b"), ("", "_"),
    ("größe", "gr__e"), ("x{evil=\"1\"} 5\n# TYPE y", "x_evil__1___5___TYPE_y"), ("_x", "_x"),
  ])
  func `a metric's name is made one that Prometheus allows`(label: String, name: String) {
    let registry = PrometheusRegistry()
    Counter(label: label, factory: registry).increment()
    #expect(registry.text() == "# TYPE \(name) counter\n\(name) 1\n")
  }

  @Test(arguments: [
    ("team.name", "team_name"), ("a:b", "a_b"), ("__name__", "_name__"), ("", "_"), ("1", "_1"),
    ("le", "le"),
  ])
  func `a label's name is made one that Prometheus allows`(label: String, name: String) {
    let registry = PrometheusRegistry()
    Counter(label: "n", dimensions: [(label, "v")], factory: registry).increment()
    #expect(registry.text() == "# TYPE n counter\nn{\(name)=\"v\"} 1\n")
  }

  @Test(arguments: [
    ("a\"b", #"a\"b"#), ("a\\b", #"a\\b"#), ("a\nb", #"a\nb"#), ("a\\\"\n", #"a\\\"\n"#),
    ("\"} 9\nfake 1", #"\"} 9\nfake 1"#), ("é ✓", "é ✓"), ("", ""),
  ])
  func `a label's value is escaped`(value: String, escaped: String) {
    let registry = PrometheusRegistry()
    Counter(label: "n", dimensions: [("v", value)], factory: registry).increment()
    #expect(registry.text() == "# TYPE n counter\nn{v=\"\(escaped)\"} 1\n")
  }

  @Test func `labels whose names become one stay two`() {
    let registry = PrometheusRegistry()
    Counter(label: "n", dimensions: [("a.b", "1"), ("a_b", "2")], factory: registry).increment()
    #expect(registry.text() == "# TYPE n counter\nn{a_b=\"1\",a_b_=\"2\"} 1\n")
  }

  @Test func `a histogram keeps the label le for its buckets`() {
    let registry = PrometheusRegistry(descriptions: ["h": MetricDescription(help: "H", buckets: [])]
    )
    Recorder(label: "h", dimensions: [("le", "9")], factory: registry).record(1)
    #expect(registry.text().contains("h_bucket{le_=\"9\",le=\"+Inf\"} 1\nh_sum{le_=\"9\"} 1\n"))
  }

  @Test func `texts that Swift finds equal and Prometheus does not are two series`() {
    let registry = PrometheusRegistry()
    for value in ["\u{E9}", "e\u{301}"] {
      Counter(label: "n", dimensions: [("v", value)], factory: registry).increment()
    }
    #expect(registry.text().utf8.count(where: { $0 == UInt8(ascii: "\n") }) == 3)
  }

  @Test func `a name that belongs to another kind is refused and takes values all the same`() {
    let registry = PrometheusRegistry()
    Recorder(label: "x", factory: registry).record(1)
    Counter(label: "x", factory: registry).increment()
    Counter(label: "x_count", factory: registry).increment()
    Counter(label: "chaski_metrics_folded_total", factory: registry).increment()
    let text = registry.text()
    #expect(text.contains("# TYPE x histogram\n"))
    #expect(!text.contains("# TYPE x_count"))
    #expect(text.hasSuffix("\nchaski_metrics_refused_total 3\n"))
  }

  @Test func `a counter keeps its name from a histogram that would write it`() {
    let registry = PrometheusRegistry()
    Counter(label: "x_sum", factory: registry).increment()
    Timer(label: "x", factory: registry).recordSeconds(1)
    #expect(registry.text().hasPrefix("# TYPE x_sum counter\nx_sum 1\n"))
    #expect(!registry.text().contains("histogram"))
  }
}
