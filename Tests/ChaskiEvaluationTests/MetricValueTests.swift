import ChaskiEvaluation
import Foundation
import Testing

/// Figures and their standard errors.
struct MetricValueTests {
  @Test func `a mean's standard error is the sample's deviation over the root of the count`() throws
  {
    // statistics.stdev([1, 0, 0, 1, 1]) / 5 ** 0.5
    let found = try #require(MetricValue(.accuracy, of: [1, 0, 0, 1, 1]))
    #expect(found.value == 0.6)
    #expect(abs((found.standardError ?? 0) - 0.244_948_974_278_317_8) < 1e-15)
  }

  @Test func `a perplexity's standard error is what resampling tends to`() throws {
    let values = (0..<400).map { -2 - 1.5 * sin(Double($0)) }
    let found = try #require(MetricValue(.perplexity, of: values))
    #expect(abs(found.value - exp(-values.reduce(0, +) / 400)) < 1e-12)
    // Resampled here with a linear congruence: 20,000 draws leave half a percent of the deviation.
    var state: UInt64 = 1
    let draws = (0..<20_000).map { _ in
      let sum = (0..<400).reduce(0.0) { sum, _ in
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return sum + values[Int((state >> 33) % 400)]
      }
      return exp(-sum / 400)
    }
    let mean = draws.reduce(0, +) / 20_000
    let deviation = (draws.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 19_999).squareRoot()
    #expect(abs((found.standardError ?? 0) - deviation) < 0.03 * deviation)
  }

  @Test func `one item has no standard error, none no value`() {
    #expect(MetricValue(.accuracy, of: [1])?.standardError == nil)
    #expect(MetricValue(.perplexity, of: [-1])?.standardError == nil)
    #expect(MetricValue(.accuracy, of: []) == nil)
  }
}
