// Owns: small valid GGUF files that between them use every feature of the format.
// Does not own: how they are broken (GGUFCorruptor).

import ChaskiFiles
import ChaskiTensors
import Testing

/// A valid GGUF file in memory, with what it was made of.
struct GGUFSample: Sendable, CustomTestStringConvertible {
  let name: String
  var keys: [(String, GGUFValue)] = []
  var tensors: [(name: String, type: ElementType, dimensions: [Int])] = []
  var version = 3

  var testDescription: String { name }

  var writer: GGUFWriter {
    var writer = GGUFWriter(version: version)
    for (key, value) in keys { writer.add(key, value) }
    for tensor in tensors {
      writer.addTensor(tensor.name, tensor.type, dimensions: tensor.dimensions)
    }
    return writer
  }

  /// The bytes of tensor `index`, a different run of numbers for each.
  func data(_ index: Int) -> [UInt8] {
    let tensor = tensors[index]
    let blocks = tensor.dimensions.reduce(1, *) / tensor.type.blockElementCount
    return (0..<blocks * tensor.type.blockByteCount).map {
      UInt8(truncatingIfNeeded: $0 &* 7 &+ index &* 31)
    }
  }

  /// The whole file.
  var bytes: [UInt8] {
    let writer = writer
    var bytes = writer.header()
    for index in tensors.indices {
      bytes += data(index)
      bytes += [UInt8](
        repeating: 0,
        count: (writer.alignment - bytes.count % writer.alignment) % writer.alignment
      )
    }
    return bytes
  }

  /// Every metadata type, arrays of each, and arrays of arrays.
  static let everyValue = GGUFSample(
    name: "every value",
    keys: [
      ("general.architecture", .text("llama")), ("a.uint8", .uint8(200)), ("a.int8", .int8(-100)),
      ("a.uint16", .uint16(60_000)), ("a.int16", .int16(-30_000)),
      ("a.uint32", .uint32(4_000_000_000)), ("a.int32", .int32(-2_000_000_000)),
      ("a.float32", .float32(1e-5)), ("a.bool", .bool(true)), ("a.string", .text("grüße")),
      ("a.uint64", .uint64(.max)), ("a.int64", .int64(.min)), ("a.float64", .float64(0.1)),
      ("b.uint8", .array(.uint8, [.uint8(0), .uint8(255)])),
      ("b.int8", .array(.int8, [.int8(-128), .int8(127)])),
      ("b.uint16", .array(.uint16, [.uint16(1), .uint16(65_535)])),
      ("b.int16", .array(.int16, [.int16(-1)])),
      ("b.uint32", .array(.uint32, [.uint32(7), .uint32(8), .uint32(9)])),
      ("b.int32", .array(.int32, [.int32(-7), .int32(8)])),
      ("b.float32", .array(.float32, [.float32(0.5), .float32(-1e30)])),
      ("b.bool", .array(.bool, [.bool(true), .bool(false), .bool(true)])),
      (
        "b.string", .array(.string, [.text("a"), .text(""), .string([0xFF, 0x00]), .text("łódź")])
      ),
      ("b.uint64", .array(.uint64, [.uint64(1), .uint64(1 << 40)])),
      ("b.int64", .array(.int64, [.int64(-1)])),
      ("b.float64", .array(.float64, [.float64(0.25)])),
      ("b.empty", .array(.string, [])),
      (
        "b.nested",
        .array(
          .array,
          [
            .array(.string, [.text("x"), .text("yy")]), .array(.int32, [.int32(1)]),
            .array(.array, [.array(.bool, [.bool(false)]), .array(.float64, [])]),
          ]
        )
      ),
    ]
  )

  /// Several tensor types in one to four dimensions, at an alignment of its own.
  static let tensors = GGUFSample(
    name: "tensors",
    keys: [("general.alignment", .uint32(64)), ("general.architecture", .text("llama"))],
    tensors: [
      ("token_embd.weight", .q4_0, [64, 5]), ("output_norm.weight", .f32, [64]),
      ("blk.0.attn_q.weight", .f16, [6, 3]), ("blk.0.attn_k.weight", .q8_0, [32, 2, 2]),
      ("blk.1.attn_q.weight", .q6_K, [256, 2]), ("blk.1.attn_k.weight", .bf16, [3, 2, 2, 2]),
      ("blk.2.attn_q.weight", .mxfp4, [64, 2]), ("blk.2.attn_k.weight", .i32, [1]),
    ]
  )

  /// Keys and tensors as version 2.
  static let version2 = GGUFSample(
    name: "version 2",
    keys: [
      ("general.architecture", .text("llama")),
      ("tokenizer.ggml.tokens", .array(.string, [.text("<s>"), .text("</s>"), .text("▁the")])),
      ("tokenizer.ggml.scores", .array(.float32, [.float32(0), .float32(-1), .float32(-2)])),
    ],
    tensors: [("token_embd.weight", .f32, [4, 3]), ("output.weight", .q4_K, [256, 1])],
    version: 2
  )

  /// Part `number` of three, with two tensors each.
  static func part(_ number: Int) -> GGUFSample {
    var keys: [(String, GGUFValue)] = [
      ("split.no", .uint16(UInt16(number))), ("split.count", .uint16(3)),
      ("split.tensors.count", .int32(6)),
    ]
    if number == 0 { keys.append(("general.architecture", .text("llama"))) }
    return GGUFSample(
      name: "part \(number)",
      keys: keys,
      tensors: [
        ("blk.\(number).attn_q.weight", .f32, [8, 2]), ("blk.\(number).attn_k.weight", .q8_0, [32]),
      ]
    )
  }

  /// The file name of part `number` of three.
  static func partName(_ number: Int) -> String { "model-0000\(number + 1)-of-00003.gguf" }
}
