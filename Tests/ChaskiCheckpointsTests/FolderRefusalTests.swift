import ChaskiTestSupport
import ChaskiCheckpoints
import ChaskiFiles
import ChaskiTensors
import Foundation
import Testing

/// Folders that are not what they should be, and those that are in an unusual way.
struct FolderRefusalTests {
  /// The folder was refused for another reason than the one expected.
  private struct AnotherError: Error {}

  private func error(_ sample: SampleFolder) throws -> CheckpointError {
    try sample.write { path in
      try #require(throws: CheckpointError.self) { try openCheckpoint(path) }
    }
  }

  @Test func `the sample opens`() throws {
    try SampleFolder().write { path in
      let folder = try openCheckpoint(path)
      #expect(folder.tensors.count == 12)
      #expect(try folder.int("llama.attention.key_length") == 4)
      // Row i and row i + 2 of each head of 4 side by side.
      let bytes = folder.bytes(of: try folder.requireTensor("blk.0.attn_q.weight"))
      let firsts = stride(from: 0, to: bytes.count, by: 32).map { offset in
        Float(bitPattern: (0..<4).reduce(0) { $0 | UInt32(bytes[offset + $1]) << (8 * $1) }) / 8
      }
      #expect(firsts == [0, 2, 1, 3, 4, 6, 5, 7])
    }
  }

  @Test func `what is missing is named`() throws {
    var sample = SampleFolder()
    sample.tensors["model.layers.0.mlp.up_proj.weight"] = nil
    guard
      case .missingTensor(_, "model.layers.0.mlp.up_proj.weight", "blk.0.ffn_up.weight") =
        try error(sample)
    else { throw AnotherError() }
    sample = SampleFolder()
    sample.configuration["intermediate_size"] = nil
    guard case .missingKey(_, "intermediate_size") = try error(sample) else {
      throw AnotherError()
    }
    sample = SampleFolder()
    sample.tensors = [:]
    guard case .noWeights = try error(sample) else { throw AnotherError() }
  }

  @Test func `a tensor that nothing reads is refused, but not the known superfluous ones`() throws {
    var sample = SampleFolder()
    sample.tensors["model.layers.0.self_attn.rotary_emb.inv_freq"] = SampleFolder.floats(
      [2],
      [1, 2]
    )
    try sample.write { path in
      let count = try openCheckpoint(path).tensors.count
      #expect(count == 12)
    }
    sample.tensors["model.layers.0.self_attn.sinks"] = SampleFolder.floats([2], [1, 2])
    guard case .unknownTensors(_, ["model.layers.0.self_attn.sinks"], 1) = try error(sample) else {
      throw AnotherError()
    }
  }

  @Test(arguments: [
    ("num_hidden_layers", 0), ("num_hidden_layers", 100_000), ("num_attention_heads", -1),
    ("num_key_value_heads", 3), ("hidden_size", 1 << 40), ("rope_theta", 0),
  ])
  func `a number out of range names its key`(key: String, value: Int) throws {
    var sample = SampleFolder()
    sample.configuration[key] = value
    guard case .invalidKey(_, let found, _, _) = try error(sample), found == key else {
      throw AnotherError()
    }
  }

  @Test func `model types, scalings and quantisations that are not known are named`() throws {
    var sample = SampleFolder()
    sample.configuration["model_type"] = "mamba\u{1B}[31m"
    guard case .unknownFamily = try error(sample) else { throw AnotherError() }
    let description = try error(sample).description
    #expect(!description.unicodeScalars.contains("\u{1B}"))
    sample = SampleFolder()
    sample.configuration["rope_scaling"] =
      ["rope_type": "spiral", "factor": 2.0] as [String: any Sendable]
    guard case .unsupported = try error(sample) else { throw AnotherError() }
    sample = SampleFolder()
    sample.configuration["quantization_config"] = ["quant_method": "gptq"]
    guard case .unsupported = try error(sample) else { throw AnotherError() }
  }

  @Test func `text that is no configuration is refused`() throws {
    for text in [
      "", "{", "[]", "\"\"", "{\"model_type\": 1}", String(repeating: "[", count: 100_000),
      "{\"a\":" + String(repeating: "{\"b\":", count: 60) + "1" + String(repeating: "}", count: 61),
    ] {
      var sample = SampleFolder()
      sample.texts["config.json"] = text
      try sample.write { path in
        try Data(text.utf8).write(to: URL(filePath: path + "/config.json"))
        #expect(throws: CheckpointError.self, "\(text.prefix(20))") { try openCheckpoint(path) }
      }
    }
  }

  @Test(arguments: [
    "../model.safetensors", "/etc/passwd", "a/b.safetensors", "..", "model\\x.safetensors",
  ])
  func `an index cannot name files outside its folder`(name: String) throws {
    var sample = SampleFolder()
    let index = try JSONSerialization.data(withJSONObject: ["weight_map": ["w": name]])
    sample.texts["model.safetensors.index.json"] = String(decoding: index, as: UTF8.self)
    guard case .invalidFile = try error(sample) else { throw AnotherError() }
  }

  @Test func `an index that promises too much is refused`() throws {
    var sample = SampleFolder()
    sample.texts["model.safetensors.index.json"] = """
      {"metadata": {}, "weight_map": {"model.norm.weight": "model.safetensors",
      "model.extra": "model.safetensors"}}
      """
    guard case .missingTensor(_, "model.extra", _) = try error(sample) else {
      throw AnotherError()
    }
  }

  private func template(_ sample: SampleFolder) throws -> String? {
    try sample.write { try openCheckpoint($0).string("tokenizer.chat_template") }
  }

  @Test func `chat templates come from any of the three places`() throws {
    var sample = SampleFolder()
    sample.texts["tokenizer_config.json"] = #"{"chat_template": "one"}"#
    #expect(try template(sample) == "one")
    sample.texts["tokenizer_config.json"] = """
      {"chat_template": [{"name": "default", "template": "two"}, {"name": "tools", "template": "3"}]}
      """
    try sample.write { path in
      let folder = try openCheckpoint(path)
      #expect(try folder.string("tokenizer.chat_template") == "two")
      #expect(try folder.strings("tokenizer.chat_templates") == ["tools"])
      #expect(try folder.string("tokenizer.chat_template.tools") == "3")
    }
    sample.texts["chat_template.jinja"] = "four"
    #expect(try template(sample) == "four")
  }

  @Test(.enabled(if: Shared.isPresent, Shared.reason), arguments: [false, true])
  func `eight-bit floats with scales are those of the publisher's conversion`(widens: Bool) throws {
    let path = Shared.url("fixtures/quant/fp8-block.safetensors").path
    let file = try SafetensorsFile(path: path)
    let name = "model.layers.0.mlp.gate_proj.weight"
    var sample = SampleFolder(width: 200, hiddenWidth: 160)
    sample.tensors[name] = SampleFolder.Content(
      type: .f8_E4M3,
      shape: [160, 200],
      bytes: try file.rawBytes(name)
    )
    sample.tensors[name + "_scale_inv"] = SampleFolder.Content(
      type: .f32,
      shape: [2, 2],
      bytes: try file.rawBytes(name + "_scale_inv")
    )
    sample.configuration["quantization_config"] =
      ["quant_method": "fp8", "weight_block_size": [128, 128]] as [String: any Sendable]
    let expected = try SafetensorsFile(path: Shared.url("fixtures/quant/quants.safetensors").path)
      .floats("fp8block.dequant")
    try sample.write { path in
      let folder = try openCheckpoint(path, options: CheckpointOptions(widensToFloat32: widens))
      let tensor = try folder.requireTensor("blk.0.ffn_gate.weight")
      #expect(tensor.type == (widens ? .f32 : .bf16))
      let bytes = folder.bytes(of: tensor)
      let found: [Float]
      if widens {
        found = stride(from: 0, to: bytes.count, by: 4).map { offset in
          Float(bitPattern: (0..<4).reduce(0) { $0 | UInt32(bytes[offset + $1]) << (8 * $1) })
        }
        #expect(found == expected)
      } else {
        found = stride(from: 0, to: bytes.count, by: 2).map { offset in
          Float(bitPattern: UInt32(bytes[offset]) << 16 | UInt32(bytes[offset + 1]) << 24)
        }
        // Half of the last of 8 bits.
        #expect(zip(found, expected).allSatisfy { abs($0 - $1) <= abs($1) / 256 })
      }
      var rows: [UInt8] = []
      for row in 0..<160 { folder.append(row..<row + 1, of: tensor, to: &rows) }
      #expect(rows == bytes)
    }
  }

  @Test func `scales of another shape are refused`() throws {
    var sample = SampleFolder()
    let name = "model.layers.0.mlp.gate_proj.weight"
    sample.tensors[name] = SampleFolder.Content(
      type: .f8_E4M3,
      shape: [12, 8],
      bytes: [UInt8](repeating: 0x38, count: 96)
    )
    try sample.write { path in
      let tensor = try openCheckpoint(path).requireTensor("blk.0.ffn_gate.weight")
      #expect(tensor.type == .bf16)
    }
    sample.tensors[name + "_scale_inv"] = SampleFolder.floats([2], [1, 2])
    guard case .unexpectedShape = try error(sample) else { throw AnotherError() }
  }
}
