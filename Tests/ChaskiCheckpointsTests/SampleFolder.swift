// Owns: little Hugging Face folders made for one test. Does not own: what is wrong with them.

import ChaskiFiles
import Foundation

/// A Llama of one layer that can be changed before it is written.
struct SampleFolder {
  /// One tensor: its type, shape and bytes.
  struct Content {
    var type: SafetensorsType
    var shape: [Int]
    var bytes: [UInt8]
  }

  var configuration: [String: any Sendable] = [
    "model_type": "llama", "hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 2,
    "num_key_value_heads": 1, "intermediate_size": 12, "max_position_embeddings": 32,
    "vocab_size": 6,
  ]
  var tensors: [String: Content] = [:]
  /// Other files, by name.
  var texts: [String: String] = [:]

  /// The sample, whose elements count up from 0 in float32, tensor by tensor.
  init(width: Int = 8, hiddenWidth: Int = 12) {
    configuration["hidden_size"] = width
    configuration["intermediate_size"] = hiddenWidth
    let layer = "model.layers.0."
    let shapes: [(String, [Int])] = [
      ("model.embed_tokens.weight", [6, width]), ("model.norm.weight", [width]),
      ("lm_head.weight", [6, width]), (layer + "input_layernorm.weight", [width]),
      (layer + "self_attn.q_proj.weight", [width, width]),
      (layer + "self_attn.k_proj.weight", [width / 2, width]),
      (layer + "self_attn.v_proj.weight", [width / 2, width]),
      (layer + "self_attn.o_proj.weight", [width, width]),
      (layer + "post_attention_layernorm.weight", [width]),
      (layer + "mlp.gate_proj.weight", [hiddenWidth, width]),
      (layer + "mlp.up_proj.weight", [hiddenWidth, width]),
      (layer + "mlp.down_proj.weight", [width, hiddenWidth]),
    ]
    for (name, shape) in shapes {
      tensors[name] = Self.floats(shape, (0..<shape.reduce(1, *)).map { Float($0) })
    }
  }

  static func floats(_ shape: [Int], _ values: [Float]) -> Content {
    Content(type: .f32, shape: shape, bytes: values.flatMap { bytes($0) })
  }

  private static func bytes(_ value: Float) -> [UInt8] {
    (0..<4).map { UInt8(truncatingIfNeeded: value.bitPattern >> (8 * $0)) }
  }

  /// Writes the folder, calls `body` with its path, and removes it.
  func write<R>(_ body: (String) throws -> R) throws -> R {
    let folder = FileManager.default.temporaryDirectory
      .appending(path: "chaski-checkpoints-tests-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try JSONSerialization.data(withJSONObject: configuration)
      .write(to: folder.appending(path: "config.json"))
    for (name, text) in texts {
      try Data(text.utf8).write(to: folder.appending(path: name))
    }
    let names = tensors.keys.sorted()
    if !names.isEmpty {
      var writer = try SafetensorsWriter(
        path: folder.appending(path: "model.safetensors").path,
        tensors: names.compactMap { name in
          tensors[name].map { .init(name, $0.type, shape: $0.shape) }
        }
      )
      for name in names {
        guard let content = tensors[name] else { continue }
        // Bytes have no padding to expose.
        try writer.append(unsafe content.bytes.span.bytes)
      }
      try writer.finish()
    }
    return try body(folder.path)
  }
}
