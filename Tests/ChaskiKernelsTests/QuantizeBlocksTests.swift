// Owns: the making of file blocks from floats: against recorded references, and against plain C.
// Does not own: the quantisation of activations (QuantizeQuantTests).

import ChaskiTestSupport
import ChaskiKernels
import Foundation
import Testing

struct QuantizeBlocksTests {
  static let file = "fixtures/quant/quants.safetensors"
  /// The formats whose bytes a rule gives.
  static let ruled = WeightType.quantised.filter {
    [CK_Q4_0, CK_Q4_1, CK_Q5_0, CK_Q5_1, CK_Q8_0, CK_MXFP4, CK_TQ1_0, CK_TQ2_0].contains($0.id)
  }
  /// The formats whose blocks are searched for.
  static let searched = WeightType.quantised.filter { type in
    !ruled.contains { $0.id == type.id }
  }

  /// The blocks of `x`, or nil where a row cannot be expressed; `bad` is then that row.
  static func blocks(
    _ type: WeightType,
    _ x: [Float],
    depth: Int,
    importance: [Float]? = nil,
    isa: ck_isa = CK_PLAIN,
    bad: inout Int
  ) throws -> [UInt8]? {
    let table = unsafe try Tables.table(isa)
    let rows = x.count / depth
    var result = [UInt8](repeating: 0xaa, count: type.rowBytes(depth) * rows)
    let weights = importance ?? []
    let done = unsafe weights.withUnsafeBufferPointer { weights in
      unsafe table.quantize(
        type.id.rawValue,
        x,
        importance == nil ? nil : weights.baseAddress,
        Int64(rows),
        Int64(depth),
        &result
      )
    }
    bad = Int(done)
    return done == rows ? result : nil
  }

  static func blocks(
    _ type: WeightType,
    _ x: [Float],
    depth: Int,
    importance: [Float]? = nil,
    isa: ck_isa = CK_PLAIN
  ) throws -> [UInt8] {
    var bad = 0
    return try #require(
      try blocks(type, x, depth: depth, importance: importance, isa: isa, bad: &bad)
    )
  }

  static func rootMeanSquare(_ a: [Float], _ b: [Float]) -> Double {
    let sum = zip(a, b).reduce(0.0) { $0 + Double($1.0 - $1.1) * Double($1.0 - $1.1) }
    return (sum / Double(a.count)).squareRoot()
  }

  // MARK: Against references

  @Test(.enabled(if: Shared.isPresent, Shared.reason), arguments: ruled, ["normal", "edge"])
  func `formats with a rule give the reference's bytes`(type: WeightType, part: String) throws {
    let fixture = try SafetensorsFixture(Shared.url(Self.file))
    let x = try fixture.words("src.\(part)").map(Float.init(bitPattern:))
    let depth = try #require(try fixture.shape("src.\(part)").last)
    let expected = try fixture.bytes("\(type.name).\(part).bytes")
    for isa in Tables.isas {
      let ours = try Self.blocks(type, x, depth: depth, isa: isa)
      #expect(ours == expected)
    }
  }

  @Test(.enabled(if: Shared.isPresent, Shared.reason), arguments: searched, ["normal", "edge"])
  func `formats that are searched leave no more error than the reference`(
    type: WeightType,
    part: String
  ) throws {
    let fixture = try SafetensorsFixture(Shared.url(Self.file))
    let x = try fixture.words("src.\(part)").map(Float.init(bitPattern:))
    let depth = try #require(try fixture.shape("src.\(part)").last)
    let reference = try fixture.words("\(type.name).\(part).dequant").map(Float.init(bitPattern:))
    let ours = decode(type, try Self.blocks(type, x, depth: depth), count: x.count)
    #expect(Self.rootMeanSquare(ours, x) <= Self.rootMeanSquare(reference, x))
  }

  @Test(
    .enabled(if: Shared.isPresent, Shared.reason),
    arguments: [
      (WeightType.floats[1], "float.f16.bits"), (WeightType.floats[2], "float.bf16.bits"),
    ]
  )
  func `floats are rounded as the reference rounds them`(type: WeightType, name: String) throws {
    let fixture = try SafetensorsFixture(Shared.url(Self.file))
    let source = try fixture.words("float.src").map(Float.init(bitPattern:))
    let expected = try fixture.words(name)
    // Beyond the type's range the reference has infinities, and we refuse.
    for (x, bits) in zip(source, expected) {
      var bad = 0
      let isInfinite = type.id == CK_F16 ? bits & 0x7fff >= 0x7c00 : bits & 0x7fff >= 0x7f80
      let ours = try Self.blocks(type, [x], depth: 1, bad: &bad)
      if let ours {
        #expect(UInt32(ours[0]) | UInt32(ours[1]) << 8 == bits & 0xffff)
      } else {
        #expect(isInfinite || x.magnitude > 65504)
      }
    }
  }

  // MARK: Against plain C

  @Test(arguments: WeightType.all)
  func `every instruction set gives the bytes of plain C`(type: WeightType) throws {
    var random = SplitMix(7)
    for rows in [1, 2, 3, 5] {
      for depth in [256, 768] {
        let x = (0..<(rows * depth)).map { _ in random.float() * random.float() }
        let importance = (0..<depth).map { _ in random.float() + 1.01 }
        for weights in [nil, importance] {
          let expected = try Self.blocks(type, x, depth: depth, importance: weights)
          for isa in Tables.fast {
            let ours = try Self.blocks(type, x, depth: depth, importance: weights, isa: isa)
            #expect(ours == expected)
          }
        }
      }
    }
  }

  @Test(arguments: WeightType.quantised)
  func `a row's blocks do not depend on the rows beside it`(type: WeightType) throws {
    var random = SplitMix(9)
    let depth = 512
    let x = random.floats(5 * depth)
    let importance = (0..<depth).map { _ in random.float() + 1.01 }
    let together = try Self.blocks(type, x, depth: depth, importance: importance)
    let rowBytes = type.rowBytes(depth)
    for row in 0..<5 {
      let alone = try Self.blocks(
        type,
        Array(x[row * depth..<(row + 1) * depth]),
        depth: depth,
        importance: importance
      )
      #expect(alone == Array(together[row * rowBytes..<(row + 1) * rowBytes]))
    }
  }

  // MARK: Properties

  @Test(arguments: WeightType.quantised)
  func `the error stays within the format's step`(type: WeightType) throws {
    var random = SplitMix(11)
    let x = random.floats(2048)
    let ours = decode(type, try Self.blocks(type, x, depth: 1024), count: x.count)
    // Uniform numbers in -1...1 leave step / sqrt(12) at best; half as much again is for scales of few bits.
    // Ternary and MXFP4 steps are as wide as their largest gap.
    let levels: Double =
      switch type.id {
      case CK_Q2_K, CK_MXFP4: 3
      case CK_Q3_K: 7
      case CK_Q4_0, CK_Q4_1, CK_Q4_K: 15
      case CK_Q5_0, CK_Q5_1, CK_Q5_K: 31
      case CK_Q6_K: 63
      case CK_Q8_0: 254
      case CK_IQ4_NL, CK_IQ4_XS: 10
      default: 2
      }
    let step = 2 / levels
    #expect(Self.rootMeanSquare(ours, x) <= 1.5 * step / 12.0.squareRoot())
  }

  @Test(arguments: WeightType.quantised)
  func `what a format can express comes back as it is`(type: WeightType) throws {
    // Blocks of one magnitude and zeros: nearly every format has such values.
    var random = SplitMix(13)
    let x = (0..<512).map { _ in Float([-0.5, 0, 0.5][Int.random(in: 0...2, using: &random)]) }
    let ours = decode(type, try Self.blocks(type, x, depth: 512), count: x.count)
    let worst = zip(ours, x).map { abs($0 - $1) }.max()
    // Q4_0 and Q5_0 have one value less above zero than below, the steps of Q4_1 and Q5_1 miss zero, and
    // IQ4's values are no pairs.
    let tolerance: Float =
      switch type.id {
      case CK_Q4_0: 0.0626
      case CK_Q5_0, CK_Q4_1, CK_Q5_1, CK_IQ4_NL, CK_IQ4_XS: 0.04
      default: 0.01
      }
    #expect(try #require(worst) <= tolerance)
  }

  @Test(arguments: WeightType.all, [0, -0.0] as [Float])
  func `zeros stay zeros`(type: WeightType, zero: Float) throws {
    let x = [Float](repeating: zero, count: 512)
    for importance in [nil, [Float](repeating: 1, count: 512)] {
      let ours = try Self.blocks(type, x, depth: 512, importance: importance)
      #expect(decode(type, ours, count: 512).allSatisfy { $0 == 0 })
    }
  }

  @Test(
    arguments: WeightType.quantised,
    [.leastNonzeroMagnitude, .leastNormalMagnitude, 1e-30, 1e-12, 1e-8, 6e-8] as [Float]
  )
  func `tiny numbers decode to finite ones that are no larger than a step`(
    type: WeightType,
    size: Float
  ) throws {
    var random = SplitMix(17)
    let x = random.floats(512).map { $0 * size }
    for importance in [nil, [Float](repeating: 1, count: 512)] {
      let ours = decode(
        type,
        try Self.blocks(type, x, depth: 512, importance: importance),
        count: 512
      )
      // The least float16 times the largest code of the type's simple scales.
      #expect(ours.allSatisfy { $0.isFinite })
      #expect(try #require(ours.map(\.magnitude).max()) <= 2 * size + 16 * 0x1p-24)
    }
  }

  @Test(arguments: searched, [1e2, 1e4, -1e4, 9e5] as [Float])
  func `one outlier is kept, and the others are no worse than zeros`(
    type: WeightType,
    outlier: Float
  ) throws {
    var random = SplitMix(19)
    var x = random.floats(512)
    x[77] = outlier
    let ours = decode(type, try Self.blocks(type, x, depth: 512), count: 512)
    #expect(abs(ours[77] / outlier - 1) < 0.05)
    // Groups of weights far from the outlier have scales of their own.
    let far = Array(zip(x[256...], ours[256...]))
    let error = far.reduce(0.0) { $0 + Double($1.0 - $1.1) * Double($1.0 - $1.1) }
    let size = far.reduce(0.0) { $0 + Double($1.0) * Double($1.0) }
    #expect(error < 0.2 * size)
  }

  @Test(arguments: WeightType.all, [.nan, .infinity, -.infinity] as [Float])
  func `a number that is not finite is refused by its row`(type: WeightType, value: Float) throws {
    for place in [0, 300, 511] {
      var x = [Float](repeating: 0.25, count: 3 * 512)
      x[512 + place] = value
      for isa in Tables.isas {
        var bad = -1
        let blocks = try Self.blocks(type, x, depth: 512, isa: isa, bad: &bad)
        #expect(blocks == nil)
        #expect(bad == 1)
      }
    }
  }

  @Test(arguments: WeightType.quantised)
  func `numbers up to the limit decode to finite ones, and those beyond it are refused`(
    type: WeightType
  ) throws {
    var random = SplitMix(23)
    let x = random.floats(512)
    var exponent = 10
    var refused = false
    while exponent < 127 {
      defer { exponent += 1 }
      let large = x.map { $0 * Float(sign: .plus, exponent: exponent, significand: 1) }
      var bad = 0
      guard let ours = try Self.blocks(type, large, depth: 512, bad: &bad) else {
        refused = true
        continue
      }
      #expect(!refused)
      #expect(decode(type, ours, count: 512).allSatisfy { $0.isFinite })
    }
    #expect(refused || type.id == CK_MXFP4)
  }

  @Test func `importance moves the error to where it does not matter`() throws {
    var random = SplitMix(29)
    let x = random.floats(16 * 512)
    let importance = (0..<512).map { $0 % 4 == 0 ? Float(3.7) : 0.1 }
    func weighted(_ y: [Float]) -> Double {
      zip(x, y).enumerated().reduce(0.0) {
        let rest = Double($1.element.0 - $1.element.1)
        return $0 + Double(importance[$1.offset % 512]) * rest * rest
      }
    }
    for type in WeightType.quantised where Self.isWeighted(type) {
      let plain = decode(type, try Self.blocks(type, x, depth: 512), count: x.count)
      let ours = decode(
        type,
        try Self.blocks(type, x, depth: 512, importance: importance),
        count: x.count
      )
      #expect(weighted(ours) < weighted(plain))
    }
  }

  private static func isWeighted(_ type: WeightType) -> Bool {
    ![CK_Q8_0, CK_MXFP4, CK_TQ1_0, CK_TQ2_0].contains(type.id)
  }

  @Test func `a depth that is no whole number of blocks, or an unknown type, does nothing`() throws
  {
    let table = unsafe try Tables.table(CK_PLAIN)
    let x = [Float](repeating: 1, count: 512)
    var result = [UInt8](repeating: 0xaa, count: 512)
    for (type, depth) in [(CK_Q4_K.rawValue, 224), (CK_Q4_0.rawValue, 33), (77, 256), (12, 0)] {
      let done = unsafe table.quantize(Int32(type), x, nil, 1, Int64(depth), &result)
      #expect(done == 0)
    }
    #expect(result.allSatisfy { $0 == 0xaa })
  }
}
