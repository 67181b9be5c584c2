// Owns: the angles of rotary position embedding. Does not own: applying them (CPUBackend.rotate).

package import ChaskiTensors
import Foundation

/// Positions as rotations: pair i of a head turns by position * frequency(i).
///
/// Frequencies and angles are float32, as the reference implementations have them; the sine and cosine
/// of the rounded angle are computed in double. Source: Su et al. 2021, https://arxiv.org/abs/2104.09864.
package struct RotaryEmbedding: Sendable {
  /// Radians a position for each pair. [E' / 2], E' the rotated part of a head
  package let frequencies: [Float]
  /// Multiplies sine and cosine (YaRN); 1 otherwise.
  package let attentionFactor: Float

  /// Frequencies base^(-2i / `width`), changed by `scaling`; `width` elements of a head are rotated.
  package init(width: Int, base: Float, scaling: RotaryScaling = .none) {
    var frequencies = (0..<width / 2).map { pair in
      1 / Float(pow(Double(base), Double(Float(2 * pair) / Float(width))))
    }
    attentionFactor = scaling.apply(to: &frequencies, width: width, base: base)
    self.frequencies = frequencies
  }

  /// cos and sin for each pair of each position. [T, E']
  package func angles(at positions: [Int], on backend: CPUBackend) -> Tensor {
    var values: [Float] = []
    values.reserveCapacity(positions.count * frequencies.count * 2)
    for position in positions {
      for frequency in frequencies {
        let angle = Double(Float(position) * frequency)
        values.append(Float(cos(angle)) * attentionFactor)
        values.append(Float(sin(angle)) * attentionFactor)
      }
    }
    return backend.tensor(rows: positions.count, columns: frequencies.count * 2, values)
  }
}
