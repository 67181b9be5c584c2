// Owns: the text of every kind of metric, to the byte.

import ChaskiMetrics
import CoreMetrics
import Testing

/// What swift-metrics' own types leave in a registry.
struct PrometheusRegistryTests {
  private let registry = PrometheusRegistry(descriptions: [
    "requests_total": MetricDescription(help: "Requests that\nended, by \\ kind."),
    "wait_seconds": MetricDescription(help: "Waiting.", buckets: [0.1, 0.5, 2]),
    "rows": MetricDescription(help: "Rows.", buckets: [8, 1, .nan, 4, 8, .infinity]),
  ])

  @Test func `an empty registry is an empty text`() {
    #expect(registry.text() == "")
    #expect(PrometheusRegistry.contentType == "text/plain; version=0.0.4; charset=utf-8")
  }

  @Test func `a counter adds up whole and broken numbers`() {
    Counter(label: "requests_total", dimensions: [("team", "a")], factory: registry).increment()
    Counter(label: "requests_total", dimensions: [("team", "a")], factory: registry)
      .increment(by: 41)
    FloatingPointCounter(label: "busy_seconds_total", factory: registry).increment(by: 0.25)
    FloatingPointCounter(label: "busy_seconds_total", factory: registry).increment(by: 1.5)
    #expect(
      registry.text() == """
        # TYPE busy_seconds_total counter
        busy_seconds_total 1.75
        # HELP requests_total Requests that\\nended, by \\\\ kind.
        # TYPE requests_total counter
        requests_total{team="a"} 42

        """
    )
  }

  @Test func `a counter never shrinks, and takes no value that is no number`() {
    let whole = Counter(label: "whole", factory: registry)
    whole.increment(by: 2)
    whole.increment(by: -5)
    let broken = registry.makeFloatingPointCounter(label: "broken", dimensions: [])
    for amount in [0.5, -1, .nan, .infinity, -.infinity] { broken.increment(by: amount) }
    #expect(registry.text().contains("\nwhole 2\n"))
    #expect(registry.text().contains("\nbroken 0.5\n"))
    whole.reset()
    #expect(registry.text().contains("\nwhole 0\n"))
  }

  @Test func `a counter stops at the largest number instead of beginning anew`() {
    let counter = Counter(label: "many", factory: registry)
    counter.increment(by: Int64.max)
    counter.increment(by: Int64.max)
    #expect(registry.text().hasSuffix("\nmany 9223372036854775807\n"))
  }

  @Test func `meters and recorders that do not aggregate are gauges`() {
    let meter = Meter(label: "running", factory: registry)
    meter.set(7)
    meter.increment(by: 2.5)
    meter.decrement()
    Gauge(label: "temperature", dimensions: [("where", "here")], factory: registry).record(-1.5)
    Recorder(label: "size", aggregate: false, factory: registry).record(Int64(3))
    #expect(
      registry.text() == """
        # TYPE running gauge
        running 8.5
        # TYPE size gauge
        size 3
        # TYPE temperature gauge
        temperature{where="here"} -1.5

        """
    )
  }

  @Test func `a timer is a histogram of seconds whose buckets count what is below them too`() {
    let timer = Timer(label: "wait_seconds", dimensions: [("model", "m")], factory: registry)
    // On a bound, between bounds, above all; a clock that went back counts as no time.
    for milliseconds in [100, 300, 500, 3000] { timer.recordMilliseconds(Int64(milliseconds)) }
    timer.recordNanoseconds(Int64(-5))
    #expect(
      registry.text() == """
        # HELP wait_seconds Waiting.
        # TYPE wait_seconds histogram
        wait_seconds_bucket{model="m",le="0.1"} 2
        wait_seconds_bucket{model="m",le="0.5"} 4
        wait_seconds_bucket{model="m",le="2"} 4
        wait_seconds_bucket{model="m",le="+Inf"} 5
        wait_seconds_sum{model="m"} 3.9
        wait_seconds_count{model="m"} 5

        """
    )
  }

  @Test func `values that were counted elsewhere join the others, if the buckets are the same`() {
    Recorder(label: "rows", factory: registry).record(3.0)
    registry.add([1, 0, 2, 4], sum: 50.5, toHistogram: "rows", dimensions: [])
    registry.add([1, 1, 1], sum: 3, toHistogram: "rows", dimensions: [])
    registry.add([1, 1, 1, 1], sum: .nan, toHistogram: "rows", dimensions: [])
    #expect(
      registry.text() == """
        # HELP rows Rows.
        # TYPE rows histogram
        rows_bucket{le="1"} 1
        rows_bucket{le="4"} 2
        rows_bucket{le="8"} 4
        rows_bucket{le="+Inf"} 8
        rows_sum 53.5
        rows_count 8

        """
    )
  }

  @Test func `bounds are put in order and need no infinity`() {
    let recorder = Recorder(label: "rows", factory: registry)
    for value in [1.0, 3, 8, 9, .nan, .infinity] { recorder.record(value) }
    #expect(
      registry.text() == """
        # HELP rows Rows.
        # TYPE rows histogram
        rows_bucket{le="1"} 1
        rows_bucket{le="4"} 2
        rows_bucket{le="8"} 3
        rows_bucket{le="+Inf"} 4
        rows_sum 21
        rows_count 4

        """
    )
  }

  @Test func `a histogram without a description has the usual buckets`() {
    Timer(label: "t", factory: registry).recordSeconds(1)
    Recorder(label: "r", factory: registry).record(1)
    let text = registry.text()
    for bound in MetricDescription.seconds {
      #expect(text.contains("t_bucket{le=\"\(bound.formatted)\"} \(bound < 1 ? 0 : 1)\n"))
    }
    #expect(text.contains("r_bucket{le=\"1048576\"} 1\n"))
  }

  @Test(arguments: [
    (0.1, "0.1"), (-2, "-2"), (1e21, "1e+21"), (1e-9, "1e-09"), (.infinity, "+Inf"),
    (-.infinity, "-Inf"), (.nan, "NaN"), (123_456_789, "123456789"), (0, "0"),
  ])
  func `numbers are written as Prometheus reads them`(value: Double, text: String) {
    Meter(label: "x", factory: registry).set(value)
    #expect(registry.text() == "# TYPE x gauge\nx \(text)\n")
  }

  @Test func `the order of the text is not the order of creation`() {
    func filled(_ teams: [String]) -> String {
      let registry = PrometheusRegistry()
      for team in teams {
        Counter(label: "z", dimensions: [("team", team), ("a", "1")], factory: registry).increment()
        Counter(label: "a", dimensions: [("a", "1"), ("team", team)], factory: registry).increment()
      }
      return registry.text()
    }
    let text = filled(["y", "x", "b"])
    #expect(text == filled(["b", "x", "y"]))
    #expect(text.hasPrefix("# TYPE a counter\na{a=\"1\",team=\"b\"} 1\na{a=\"1\",team=\"x\"} 1\n"))
  }

  @Test func `labels in another order are the same series`() {
    Counter(label: "n", dimensions: [("a", "1"), ("b", "2")], factory: registry).increment()
    Counter(label: "n", dimensions: [("b", "2"), ("a", "1")], factory: registry).increment()
    #expect(registry.text() == "# TYPE n counter\nn{a=\"1\",b=\"2\"} 2\n")
  }

  @Test func `a destroyed metric is gone once nobody else uses it`() {
    let first = Counter(label: "n", factory: registry)
    let second = Counter(label: "n", factory: registry)
    first.increment()
    first.destroy()
    second.increment()
    #expect(registry.text() == "# TYPE n counter\nn 2\n")
    second.destroy()
    #expect(registry.text() == "")
    Counter(label: "n", factory: registry).increment()
    #expect(registry.text() == "# TYPE n counter\nn 1\n")
  }
}

extension Double {
  fileprivate var formatted: String { self == rounded() ? "\(Int(self))" : "\(self)" }
}
