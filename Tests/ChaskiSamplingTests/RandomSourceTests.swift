// Checks: the generator against the numbers its authors' programs print.

import ChaskiSampling
import Testing

struct RandomSourceTests {
  @Test func `xoshiro256++ gives the published sequence`() {
    var random = RandomSource(state: (1, 2, 3, 4))
    let expected: [UInt64] = [
      41_943_041, 58_720_359, 3_588_806_011_781_223, 3_591_011_842_654_386,
      9_228_616_714_210_784_205, 9_973_669_472_204_895_162, 14_011_001_112_246_962_877,
      12_406_186_145_184_390_807, 15_849_039_046_786_891_736, 10_450_023_813_501_588_000,
    ]
    #expect((0..<10).map { _ in random.next() } == expected)
  }

  @Test func `SplitMix64 gives the published sequence`() {
    var state: UInt64 = 1_234_567
    let expected: [UInt64] = [
      6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423,
      4_593_380_528_125_082_431, 16_408_922_859_458_223_821,
    ]
    #expect((0..<5).map { _ in RandomSource.splitMix64(&state) } == expected)
  }

  @Test func `a seed is four numbers of SplitMix64`() {
    var state: UInt64 = 42
    let words = (0..<4).map { _ in RandomSource.splitMix64(&state) }
    #expect(RandomSource(seed: 42) == RandomSource(state: (words[0], words[1], words[2], words[3])))
  }

  @Test func `units lie from 0 to below 1 and fill the range evenly`() {
    var random = RandomSource(seed: 9)
    var counts = [Int](repeating: 0, count: 16)
    for _ in 0..<160_000 {
      let unit = random.nextUnit()
      #expect(unit >= 0 && unit < 1)
      counts[Int(unit * 16)] += 1
    }
    // Six standard deviations of a binomial of 160,000 at 1/16.
    for count in counts { #expect(abs(count - 10_000) < 582) }
  }
}
