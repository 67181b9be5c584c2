// Owns: the generator behind every draw.

/// The generator xoshiro256++, seeded by SplitMix64: the same numbers on every platform.
///
/// Sources: Blackman and Vigna, "Scrambled Linear Pseudorandom Number Generators", 2021,
/// <https://arxiv.org/abs/1805.01407>; seeding as its authors advise, by Steele, Lea and Flood,
/// "Fast Splittable Pseudorandom Number Generators", 2014, <https://doi.org/10.1145/2660193.2660195>.
/// Not for secrets.
package struct RandomSource: Sendable, Equatable, RandomNumberGenerator {
  private var s0: UInt64
  private var s1: UInt64
  private var s2: UInt64
  private var s3: UInt64

  /// The sequence that `seed` names.
  package init(seed: UInt64) {
    var state = seed
    s0 = RandomSource.splitMix64(&state)
    s1 = RandomSource.splitMix64(&state)
    s2 = RandomSource.splitMix64(&state)
    s3 = RandomSource.splitMix64(&state)
  }

  /// The sequence that goes on from a state, which must not be all zero.
  package init(state: (UInt64, UInt64, UInt64, UInt64)) {
    precondition(
      state.0 | state.1 | state.2 | state.3 != 0,
      "xoshiro256++ never leaves the zero state"
    )
    (s0, s1, s2, s3) = state
  }

  /// The next 64 bits.
  package mutating func next() -> UInt64 {
    let result = RandomSource.rotateLeft(s0 &+ s3, 23) &+ s0
    let shifted = s1 << 17
    s2 ^= s0
    s3 ^= s1
    s1 ^= s2
    s0 ^= s3
    s2 ^= shifted
    s3 = RandomSource.rotateLeft(s3, 45)
    return result
  }

  /// The next number in 0..<1, a multiple of 2^-53.
  package mutating func nextUnit() -> Double { Double(next() >> 11) * 0x1p-53 }

  /// The next number of SplitMix64 from `state`, which moves on.
  package static func splitMix64(_ state: inout UInt64) -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  private static func rotateLeft(_ x: UInt64, _ count: UInt64) -> UInt64 {
    (x << count) | (x >> (64 - count))
  }
}
