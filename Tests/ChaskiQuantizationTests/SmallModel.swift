// Owns: a model of a few tensors in a file, for these tests.

import ChaskiCheckpoints
import ChaskiFiles
import ChaskiTensors
import Foundation

/// A GGUF file with two layers' worth of tensors, in a folder that goes with it.
final class SmallModel {
  let folder: URL
  let path: String
  static let columns = 256

  /// Writes the file; the values are the same in every run.
  init() throws {
    folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    path = folder.appending(path: "small.gguf").path
    var writer = GGUFWriter()
    writer.add("general.architecture", .text("llama"))
    writer.add("general.name", .text("small"))
    writer.add("general.file_type", .uint32(0))
    writer.add("llama.block_count", .uint32(2))
    writer.add("llama.attention.head_count", .uint32(4))
    writer.add("llama.attention.head_count_kv", .uint32(2))
    writer.add("tokenizer.ggml.tokens", .array(.string, [.text("a"), .text("b")]))
    writer.add("split.count", .uint32(0))
    for (name, dimensions) in Self.tensors {
      writer.addTensor(name, .f32, dimensions: dimensions)
    }
    try writer.write(to: path) { index throws(FileError) in
      Self.values(Self.tensors[index].name, Self.tensors[index].dimensions.reduce(1, *))
        .flatMap { float in
          (0..<4).map { UInt8(truncatingIfNeeded: float.bitPattern >> (8 * $0)) }
        }
    }
  }

  deinit {
    try? FileManager.default.removeItem(at: folder)
  }

  static let tensors: [(name: String, dimensions: [Int])] =
    [("token_embd.weight", [256, 8])]
    + (0..<2).flatMap { layer in
      [
        ("blk.\(layer).attn_norm.weight", [256]), ("blk.\(layer).attn_v.weight", [256, 6]),
        ("blk.\(layer).ffn_down_exps.weight", [256, 4, 3]),
      ]
    } + [("output.weight", [256, 8])]

  /// Numbers that depend on the name, between -1 and 1, most of them small.
  static func values(_ name: String, _ count: Int) -> [Float] {
    var state = name.utf8.reduce(UInt64(1)) { $0 &* 131 &+ UInt64($1) }
    return (0..<count).map { _ in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      let unit = Float(Int32(truncatingIfNeeded: state >> 32)) / 2_147_483_648
      return unit * unit * unit
    }
  }

  /// A file beside the model.
  func file(_ name: String) -> String { folder.appending(path: name).path }

  /// All weights of a tensor of the checkpoint at `path`.
  static func weights(_ name: String, in path: String) throws -> [Float] {
    let file = try GGUFFile(path: path)
    let tensor = try file.requireTensor(name)
    return try dequantize(file.bytes(of: tensor), type: tensor.type, name: name)
  }
}
