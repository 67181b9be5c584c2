// Owns: what every router of a mixture of experts offers, and what routers share.
// Does not own: the mixture (MixtureOfExperts).

import Foundation

/// Chooses a token's experts by its router logits.
///
/// Of experts that score alike, the one of the lower index is chosen.
package protocol Router: Sendable {
  /// The experts of a token with these logits, by ascending index. [X]
  func choose(_ logits: [Float]) -> [ExpertChoice]
}

extension Collection<Float> where Index == Int {
  /// The indices of the `count` largest numbers, largest first; of equal ones the first.
  ///
  /// Quick for few; numbers that are none come as they stand, and never more or fewer than asked for.
  func indicesOfLargest(_ count: Int) -> [Int] {
    var best: [Int] = []
    best.reserveCapacity(count + 1)
    for index in indices {
      if best.count == count {
        guard let last = best.last, self[index] > self[last] else { continue }
        best.removeLast()
      }
      let place = best.lastIndex { !(self[index] > self[$0]) }.map { $0 + 1 } ?? 0
      best.insert(index, at: place)
    }
    return best
  }
}

extension [Float] {
  /// e^x / sum(e^x), computed in double and rounded once.
  var softmax: [Float] {
    let largest = Double(self.max() ?? 0)
    let powers = map { exp(Double($0) - largest) }
    let sum = powers.reduce(0, +)
    return powers.map { Float($0 / sum) }
  }

  /// 1 / (1 + e^-x), computed in double and rounded once.
  var sigmoid: [Float] {
    map { Float(1 / (1 + exp(-Double($0)))) }
  }
}
