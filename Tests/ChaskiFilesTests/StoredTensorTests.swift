import ChaskiTestSupport
import ChaskiFiles
import ChaskiTensors
import Foundation
import Testing

/// Elements of stored tensors against those that torch converts.
@Suite(.enabled(if: Shared.isPresent, Shared.reason))
struct StoredTensorTests {
  private static let quants = Shared.url("fixtures/quant/quants.safetensors").path

  /// A tensor of these bytes in a file of its own.
  private func withTensor<R>(
    _ type: SafetensorsType,
    _ bytes: [UInt8],
    _ body: (StoredTensor) throws -> R
  ) throws -> R {
    try withTemporaryFolder { folder in
      let path = folder.path("t.safetensors")
      var writer = try SafetensorsWriter(
        path: path,
        tensors: [.init("t", type, shape: [bytes.count * 8 / type.bitCount])]
      )
      // Bytes have no padding to expose.
      try writer.append(unsafe bytes.span.bytes)
      try writer.finish()
      return try body(#require(try SafetensorsFile(path: path).storedTensors.first))
    }
  }

  @Test(arguments: [
    (SafetensorsType.f8_E4M3, "float.f8_e4m3fn.table_f32_bits"),
    (.f8_E5M2, "float.f8_e5m2.table_f32_bits"),
  ])
  func `every eight-bit float has torch's value`(type: SafetensorsType, table: String) throws {
    let expected = try SafetensorsFile(path: Self.quants).int32s(table)
    let found = try withTensor(type, (0...255).map { UInt8($0) }) { $0.floats(0..<256) }
    for (byte, (expected, found)) in zip(expected, found).enumerated() {
      let value = Float(bitPattern: UInt32(bitPattern: expected))
      #expect(found.bitPattern == value.bitPattern || found.isNaN && value.isNaN, "\(byte)")
    }
    // Bfloat16 holds each of them.
    let narrow = try withTensor(type, (0...255).map { UInt8($0) }) { tensor in
      var bytes: [UInt8] = []
      tensor.append(0..<256, as: .bf16, to: &bytes)
      return bytes
    }
    for byte in 0..<256 where !found[byte].isNaN {
      let bits = UInt32(narrow[2 * byte]) << 16 | UInt32(narrow[2 * byte + 1]) << 24
      #expect(bits == found[byte].bitPattern)
    }
  }

  @Test func `rounding to bfloat16 is torch's`() throws {
    let file = try SafetensorsFile(path: Self.quants)
    let source = try #require(file.storedTensors.first { $0.name == "float.src" })
    let expected = try file.int32s("float.bf16.bits").map { UInt16(truncatingIfNeeded: $0) }
    var bytes: [UInt8] = []
    source.append(0..<source.elementCount, as: .bf16, to: &bytes)
    let values = source.floats(0..<source.elementCount)
    for index in expected.indices {
      let found = UInt16(bytes[2 * index]) | UInt16(bytes[2 * index + 1]) << 8
      #expect(found == expected[index] || values[index].isNaN, "\(values[index])")
    }
  }

  @Test func `every type of the zoo is described, and weights have a type of GGUF`() throws {
    let path = Shared.url("fixtures/quant/safetensors-dtype-zoo.safetensors").path
    let tensors = try SafetensorsFile(path: path).storedTensors
    let types = Dictionary(uniqueKeysWithValues: tensors.map { ($0.name, $0.elementType) })
    #expect(types["f16"] == .f16 && types["bf16"] == .bf16 && types["f64"] == .f32)
    #expect(types["f8"] == .bf16 && types["unicode.näme"] == .f32)
    for name in ["i64", "i32", "i16", "i8", "u8", "b"] { #expect(types[name] == .some(nil)) }
    for tensor in tensors where tensor.elementType != nil {
      #expect(tensor.floats(0..<tensor.elementCount).count == tensor.elementCount)
    }
  }
}
