// Owns: arrays of random floats, and the comparison of bits, for the float kernels' tests.
// Does not own: the generator (QuantFixtures.swift).

extension SplitMix {
  /// `count` numbers between -`bound` and `bound`.
  mutating func floats(_ count: Int, bound: Float = 1) -> [Float] {
    (0..<count).map { _ in Float.random(in: -bound...bound, using: &self) }
  }
}

/// The first place where the bits differ, with every NaN alike, or nil.
func firstDifference(_ a: [Float], _ b: [Float]) -> Int? {
  guard a.count == b.count else { return min(a.count, b.count) }
  return zip(comparable(a), comparable(b)).enumerated().first { $1.0 != $1.1 }?.offset
}
