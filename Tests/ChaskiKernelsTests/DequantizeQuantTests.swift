// Owns: the decoding of file blocks against recorded references.
// Does not own: packed panels (PackQuantTests).

import ChaskiTestSupport
import ChaskiKernels
import Foundation
import Testing

struct DequantizeQuantTests {
  static let file = "fixtures/quant/quants.safetensors"

  @Test(
    .enabled(if: Shared.isPresent, Shared.reason),
    arguments: WeightType.quantised,
    ["normal", "edge", "random"]
  )
  func `every format decodes as the reference does, to the bit`(
    type: WeightType,
    part: String
  ) throws {
    let fixture = try SafetensorsFixture(Shared.url(Self.file))
    let expected = try fixture.words("\(type.name).\(part).dequant").map(Float.init(bitPattern:))
    let bytes = try fixture.bytes("\(type.name).\(part).bytes")
    #expect(bytes.count == type.rowBytes(expected.count))
    #expect(comparable(decode(type, bytes, count: expected.count)) == comparable(expected))
  }

  @Test(.enabled(if: Shared.isPresent, Shared.reason))
  func `every float16 decodes exactly`() throws {
    let fixture = try SafetensorsFixture(Shared.url(Self.file))
    let codes = try fixture.words("f16.codes")
    let bytes = codes.flatMap { [UInt8($0 & 255), UInt8($0 >> 8 & 255)] }
    let expected = try fixture.words("f16.all_as_f32_bits").map(Float.init(bitPattern:))
    let decoded = decode(WeightType.floats[1], bytes, count: codes.count)
    #expect(comparable(decoded) == comparable(expected))
  }

  @Test(.enabled(if: Shared.isPresent, Shared.reason), arguments: ["normal", "edge"])
  func `bfloat16 decodes exactly`(part: String) throws {
    let fixture = try SafetensorsFixture(Shared.url(Self.file))
    let expected = try fixture.words("BF16.\(part).dequant")
    let bytes = try fixture.bytes("BF16.\(part).bytes")
    let decoded = decode(WeightType.floats[2], bytes, count: expected.count)
    #expect(decoded.map(\.bitPattern) == expected)
  }

  @Test func `float32 is copied, bits and all, from any address`() {
    let bits: [UInt32] = [0, 0x8000_0000, 1, 0x7f80_0000, 0x7fa0_0001, 0x3f80_0000]
    let bytes: [UInt8] =
      [0xab] + bits.flatMap { word in (0..<4).map { UInt8(truncatingIfNeeded: word >> (8 * $0)) } }
    var decoded = [Float](repeating: 0, count: bits.count)
    unsafe bytes.withUnsafeBytes { source in
      unsafe ck_dequantize(
        CK_F32.rawValue,
        source.baseAddress?.advanced(by: 1),
        Int64(bits.count),
        &decoded
      )
    }
    #expect(decoded.map(\.bitPattern) == bits)
  }

  @Test(arguments: WeightType.quantised)
  func `blocks decode the same from any address`(type: WeightType) {
    var random = SplitMix(5)
    let bytes = (0..<(3 * type.blockBytes)).map { _ in UInt8.random(in: 0...255, using: &random) }
    let expected = decode(type, bytes, count: 3 * type.blockWeights)
    for shift in 1...3 {
      let moved = [UInt8](repeating: 0, count: shift) + bytes
      var decoded = [Float](repeating: 0, count: expected.count)
      unsafe moved.withUnsafeBytes { source in
        unsafe ck_dequantize(
          type.id.rawValue,
          source.baseAddress?.advanced(by: shift),
          Int64(expected.count),
          &decoded
        )
      }
      #expect(comparable(decoded) == comparable(expected))
    }
  }

  @Test func `only the types named in the interface are supported`() {
    let known = Set(WeightType.all.map(\.id.rawValue))
    for type in Int32(-5)...300 {
      #expect((ck_supports(type) != 0) == known.contains(type))
      #expect((ck_panel_bytes(type, 256) != 0) == known.contains(type))
    }
  }
}
