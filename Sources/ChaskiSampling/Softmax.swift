// Owns: probabilities of a list of candidates.

/// The softmax of some candidates: weights relative to the largest logit, and their sum.
struct Softmax {
  /// How many nats a bit has.
  static let natsPerBit = 0x1.62e42fefa39efp-1

  /// The sum of all weights, at least 1.
  let total: Double
  private let largest: Double
  private let logTotal: Double

  /// The softmax of `candidates`, of which there is at least one; sums in their order.
  init(_ candidates: [Candidate]) {
    let largest = Double(Softmax.best(candidates).logit)
    var total = 0.0
    for candidate in candidates { total += Elementary.exp(Double(candidate.logit) - largest) }
    self.largest = largest
    self.total = total
    logTotal = Elementary.log(total)
  }

  /// A candidate's probability times `total`; 1 for the most probable.
  func weight(_ candidate: Candidate) -> Double {
    Elementary.exp(Double(candidate.logit) - largest)
  }

  /// A candidate's surprise in nats: minus the logarithm of its probability.
  func surprise(_ candidate: Candidate) -> Double {
    logTotal - (Double(candidate.logit) - largest)
  }

  /// The mean surprise in nats of the candidates that this is the softmax of.
  func entropy(_ candidates: [Candidate]) -> Double {
    var sum = 0.0
    for candidate in candidates { sum += weight(candidate) * (Double(candidate.logit) - largest) }
    return logTotal - sum / total
  }

  /// The best of `candidates`, of which there is at least one.
  static func best(_ candidates: [Candidate]) -> Candidate {
    var best = candidates[0]
    for candidate in candidates where candidate > best { best = candidate }
    return best
  }
}
