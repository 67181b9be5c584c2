// Owns: the angles of rotary position embedding. Does not own: applying them (CPUBackend.rotate).

package import ChaskiTensors
import Foundation

/// Positions as rotations: pair i of a head turns by position * frequency(i).
///
/// Frequencies and angles are float32, as the reference implementations have them; the sine and cosine
/// of the rounded angle are computed in double. Source: Su et al. 2021, https://arxiv.org/abs/2104.09864.
package struct RotaryEmbedding: Sendable {
  /// Radians a position for each pair; where they depend on the context's length, those of a short
  /// context. [E' / 2], E' the rotated part of a head
  package let frequencies: [Float]
  /// Multiplies sine and cosine (YaRN, LongRoPE); 1 otherwise.
  package let attentionFactor: Float
  private let width: Int
  private let base: Float
  private let scaling: RotaryScaling

  /// Frequencies base^(-2i / `width`), changed by `scaling`; `width` elements of a head are rotated.
  package init(width: Int, base: Float, scaling: RotaryScaling = .none) {
    self.width = width
    self.base = base
    self.scaling = scaling
    frequencies = scaling.frequencies(width: width, base: base, contextLength: 0)
    attentionFactor = scaling.attentionFactor
  }

  /// Which frequencies a context of `length` tokens has: contexts of equal regimes rotate alike.
  package func regime(contextLength length: Int) -> Int {
    switch scaling {
    case .dynamicNTK(_, let originalContext): max(length, originalContext)
    case .longRope(let numbers): length > numbers.originalContext ? 1 : 0
    default: 0
    }
  }

  /// Whether a timeline's positions must all be of one regime, so that it is computed again where that
  /// changes; otherwise each keeps the angles it had when it was new.
  package var needsOneRegime: Bool {
    if case .longRope = scaling { true } else { false }
  }

  /// The greatest length that a context of `length` tokens can grow to in one regime, where its positions
  /// must all be of one.
  package func greatestLength(inRegimeOf length: Int) -> Int {
    if case .longRope(let numbers) = scaling, length <= numbers.originalContext {
      return numbers.originalContext
    }
    return .max
  }

  /// Radians a position for each pair, in a context of `length` tokens. [E' / 2]
  package func frequencies(contextLength length: Int) -> [Float] {
    regime(contextLength: length) == regime(contextLength: 0)
      ? frequencies : scaling.frequencies(width: width, base: base, contextLength: length)
  }

  /// cos and sin for each pair of each position. [T, E']
  ///
  /// `contextLengths` says for each position how long its context is; up to itself if nil.
  package func angles(
    at positions: [Int],
    contextLengths: [Int]? = nil,
    on backend: CPUBackend
  ) -> Tensor {
    let contextLengths = contextLengths ?? positions.map { $0 + 1 }
    precondition(contextLengths.count == positions.count, "contexts of other positions")
    var values: [Float] = []
    values.reserveCapacity(positions.count * frequencies.count * 2)
    var frequencies = frequencies
    var current = regime(contextLength: 0)
    for (position, contextLength) in zip(positions, contextLengths) {
      let regime = regime(contextLength: contextLength)
      if regime != current {
        frequencies = self.frequencies(contextLength: contextLength)
        current = regime
      }
      for frequency in frequencies {
        let angle = Double(Float(position) * frequency)
        values.append(Float(cos(angle)) * attentionFactor)
        values.append(Float(sin(angle)) * attentionFactor)
      }
    }
    return backend.tensor(rows: positions.count, columns: frequencies.count * 2, values)
  }
}
