// Owns: repeatable random numbers for tests, and the comparison of bits.
// Does not own: expectations.

/// SplitMix64 (Steele, Lea and Flood 2014): the same seed gives the same numbers everywhere.
struct Noise: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }

  /// `count` numbers between -`bound` and `bound`.
  mutating func floats(_ count: Int, bound: Float = 1) -> [Float] {
    (0..<count).map { _ in Float.random(in: -bound...bound, using: &self) }
  }
}

extension Float {
  /// The bits, with every NaN alike: the kernels do not promise a NaN's payload.
  var comparableBits: UInt32 { isNaN ? 0x7FC0_0000 : bitPattern }
}

/// The first place where the bits differ, or nil.
func firstDifference(_ a: [Float], _ b: [Float]) -> Int? {
  guard a.count == b.count else { return min(a.count, b.count) }
  return zip(a, b).enumerated().first { $1.0.comparableBits != $1.1.comparableBits }?.offset
}
