// Checks: Mirostat's two versions against the paper.

import ChaskiSampling
import Testing

struct MirostatTests {
  /// Logits of a Zipf distribution with exponent `s`, in an order that ids do not tell.
  private func zipf(_ count: Int, s: Double) -> [Float] {
    (0..<count).map { index in Float(-s * referenceLog(Double((index * 617) % count + 1))) }
  }

  @Test(arguments: [MirostatVersion.one, .two], [2.5, 3.5, 4.5])
  func `the surprise of the text comes to the target`(version: MirostatVersion, tau: Double) throws
  {
    var options = neutralOptions()
    options.mirostat = version
    options.mirostatTau = tau
    var sampler = try Sampler(options)
    let logits = zipf(1009, s: 1.2)
    let probabilities = Reference.softmax(referenceLogits(logits))
    var sum = 0.0
    let count = 4000
    for _ in 0..<count {
      var copy = logits
      let token = try sampler.sample(logits: &copy).token
      sum -= referenceLog(probabilities[token] ?? 1) / referenceLog(2)
    }
    // mu moves by eta times the sum of (surprise - tau), and stays within 0 and 20 here; so the
    // mean differs from tau by at most 20 / (eta * count).
    #expect(abs(sum / Double(count) - tau) < 20 / (0.1 * Double(count)))
  }

  @Test(arguments: [0.5, 2, 3, 5], [0.7, 0.999, 1.1, 2])
  func `version 1 keeps as many as the paper's estimate`(tau: Double, s: Double) throws {
    var options = neutralOptions()
    options.mirostat = .one
    options.mirostatTau = tau
    var sampler = try Sampler(options)
    let logits = zipf(1009, s: s)
    var copy = logits
    let expected = Reference.mirostatCount(
      referenceLogits(logits),
      mu: 2 * tau,
      vocabularyCount: 1009
    )
    #expect(
      try sampler.distribution(logits: &copy).count == min(max(expected, 1), 1009)
    )
  }

  @Test(arguments: [0, 0.5, 2, 3, 5])
  func `version 2 keeps surprises up to mu`(tau: Double) throws {
    var options = neutralOptions()
    options.mirostat = .two
    options.mirostatTau = tau
    var sampler = try Sampler(options)
    var logits = normalLogits(500, seed: 3, deviation: 2)
    let reference = referenceLogits(logits)
    let probabilities = Reference.softmax(reference)
    var kept = reference.filter { entry in
      -referenceLog(probabilities[entry.key] ?? 0) / referenceLog(2) <= 2 * tau
    }
    if kept.isEmpty { kept = Reference.topK(reference, 1) }
    expectEqual(try sampler.distribution(logits: &logits), Reference.softmax(kept))
  }

  @Test(arguments: [MirostatVersion.one, .two])
  func `a target out of reach carries nothing away`(version: MirostatVersion) throws {
    var options = neutralOptions()
    options.mirostat = version
    options.mirostatTau = 100
    options.mirostatEta = 1
    var sampler = try Sampler(options)
    for _ in 0..<300 {
      var logits: [Float] = [0, 1, 2]
      #expect(try sampler.sample(logits: &logits).token < 3)
    }
    var single: [Float] = [-.infinity, 1]
    #expect(try sampler.sample(logits: &single).token == 1)
    var flat = [Float](repeating: 0, count: 500)
    _ = try sampler.sample(logits: &flat)
  }
}
