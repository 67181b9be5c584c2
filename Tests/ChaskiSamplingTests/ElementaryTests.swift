// Checks: our exponential and logarithm against the C library's.

import ChaskiSampling
import Foundation
import Testing

struct ElementaryTests {
  /// Both are within 2 units in the last place of the truth, the C library within 1.
  private func agree(_ a: Double, _ b: Double) -> Bool { abs(a - b) <= 3 * b.ulp }

  @Test func `exp is within units in the last place of the library's`() {
    var random = SystemIndependentRandom(state: 1)
    for scale in [1e-12, 1e-3, 0.5, 1, 20, 700] {
      for _ in 0..<20_000 {
        let x = (2 * random.unit() - 1) * scale
        #expect(agree(Elementary.exp(x), exp(x)), "\(x)")
      }
    }
  }

  @Test func `log is within units in the last place of the library's`() {
    var random = SystemIndependentRandom(state: 2)
    for scale in [1e-300, 1e-12, 0.5, 2, 1e12, 1e300] {
      for _ in 0..<20_000 {
        let x = random.unit() * scale
        #expect(agree(Elementary.log(x), log(x)), "\(x)")
      }
    }
    for step in -1000...1000 {
      let x = 1 + Double(step) * 1e-9
      #expect(agree(Elementary.log(x), log(x)), "\(x)")
    }
    #expect(agree(Elementary.log(.leastNonzeroMagnitude), log(.leastNonzeroMagnitude)))
  }

  @Test func `the ends of the range are as the library's`() {
    #expect(Elementary.exp(0) == 1 && Elementary.log(1) == 0)
    #expect(Elementary.exp(.infinity) == .infinity && Elementary.exp(1000) == .infinity)
    #expect(Elementary.exp(-.infinity) == 0 && Elementary.exp(-800) == 0)
    #expect(Elementary.log(0) == -.infinity && Elementary.log(.infinity) == .infinity)
    #expect(Elementary.exp(.nan).isNaN && Elementary.log(.nan).isNaN && Elementary.log(-1).isNaN)
    #expect(Elementary.power(0, 2) == 0 && Elementary.power(3, 0) == 1)
  }
}
