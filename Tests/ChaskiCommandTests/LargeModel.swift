// Owns: a model that takes seconds to convert and no room on the disk.

import Foundation

/// A Llama of one layer and a very large vocabulary, all of whose weights are zero: 2 GB in a file with a hole.
enum LargeModel {
  private static let width = 256
  private static let vocabularyCount = 1 << 21

  static func write(to url: URL) throws {
    let tensors: [(name: String, dimensions: [Int])] =
      [
        ("token_embd.weight", [width, vocabularyCount]), ("output_norm.weight", [width]),
        ("blk.0.attn_norm.weight", [width]), ("blk.0.ffn_norm.weight", [width]),
      ]
      + ["attn_q", "attn_k", "attn_v", "attn_output", "ffn_gate", "ffn_up", "ffn_down"].map {
        ("blk.0.\($0).weight", [width, width])
      }
    var bytes = Data("GGUF".utf8)
    append(UInt32(3), to: &bytes)
    append(UInt64(tensors.count), to: &bytes)
    append(UInt64(numbers.count + 2), to: &bytes)
    appendKey("general.architecture", type: 8, to: &bytes)
    append("llama", to: &bytes)
    for (key, value) in numbers {
      appendKey("llama.\(key)", type: 4, to: &bytes)
      append(UInt32(value), to: &bytes)
    }
    appendKey("llama.attention.layer_norm_rms_epsilon", type: 6, to: &bytes)
    append(Float(1e-5).bitPattern, to: &bytes)
    var offset = 0
    for (name, dimensions) in tensors {
      append(name, to: &bytes)
      append(UInt32(dimensions.count), to: &bytes)
      for dimension in dimensions { append(UInt64(dimension), to: &bytes) }
      append(UInt32(0), to: &bytes)
      append(UInt64(offset), to: &bytes)
      offset += dimensions.reduce(4, *)
    }
    let start = (bytes.count + 31) / 32 * 32
    try bytes.write(to: url)
    let handle = try FileHandle(forUpdating: url)
    defer { try? handle.close() }
    try handle.truncate(atOffset: UInt64(start + offset))
  }

  private static let numbers = [
    ("block_count", 1), ("context_length", 64), ("embedding_length", width),
    ("feed_forward_length", width), ("attention.head_count", 4), ("attention.head_count_kv", 4),
    ("vocab_size", vocabularyCount), ("rope.dimension_count", 64),
  ]

  private static func append(_ number: some FixedWidthInteger, to bytes: inout Data) {
    for shift in stride(from: 0, to: number.bitWidth, by: 8) {
      bytes.append(UInt8(truncatingIfNeeded: number >> shift))
    }
  }

  private static func append(_ text: String, to bytes: inout Data) {
    append(UInt64(text.utf8.count), to: &bytes)
    bytes.append(contentsOf: text.utf8)
  }

  private static func appendKey(_ key: String, type: UInt32, to bytes: inout Data) {
    append(key, to: &bytes)
    append(type, to: &bytes)
  }
}
