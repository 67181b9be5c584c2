import ChaskiTestSupport
import ChaskiFiles
import ChaskiTensors
import Foundation
import Testing

/// Gemma 2 without its caps.
@Suite(.enabled(if: Shared.isPresent, Shared.reason))
struct SoftCapTests {
  private func logits(attention: Float, final: Float) throws -> [Float] {
    let fixture = try #require(
      FixtureModel.all.first { $0.path.hasSuffix("gguf/gemma2-f16.gguf") }
    )
    let tokens = try fixture.prompt("p3").tokens
    return try withAltered(
      fixture,
      keys: [
        "gemma2.attn_logit_softcapping": .float32(attention),
        "gemma2.final_logit_softcapping": .float32(final),
      ]
    ) { try TestModel(path: $0, roundsToBFloat16: false, cacheType: .f32).logits(tokens) }
  }

  @Test func `no cap is what wider and wider caps come to`() throws {
    let none = try logits(attention: 0x1p64, final: 0x1p64)
    let wide = try logits(attention: 1e5, final: 1e5)
    let usual = try logits(attention: 20, final: 6)
    // x - cap tanh(x / cap) is under x^3 / (3 cap^2): under 1e-6 of 10 for a cap of 1e5; the rest is rounding.
    let size = none.reduce(0) { max($0, abs($1)) }
    #expect(largestDifference(none, wide) <= 1e-5 * size)
    #expect(largestDifference(none, usual) > 1e-2)
  }
}
