import ChaskiTestSupport
import ChaskiCheckpoints
import ChaskiFiles
import Foundation
import Testing

/// What single families read of a configuration, and what they refuse.
@Suite(.enabled(if: Shared.isPresent, Shared.reason))
struct FamilyTests {
  /// The fixture `name` with `value` (JSON) for `key`, opened.
  private func open(_ name: String, _ key: String, _ value: String) throws -> any Checkpoint {
    let source = Shared.url("fixtures/models/\(name)")
    let folder = FileManager.default.temporaryDirectory
      .appending(path: "chaski-family-tests-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try FileManager.default.copyItem(
      at: source.appending(path: "model.safetensors"),
      to: folder.appending(path: "model.safetensors")
    )
    let text = try String(contentsOf: source.appending(path: "config.json"), encoding: .utf8)
    let end = try #require(text.lastIndex(of: "}"))
    let start = text.replacingOccurrences(of: "\"\(key)\"", with: "\"former_\(key)\"")[..<end]
    try Data("\(start), \"\(key)\": \(value)}".utf8)
      .write(to: folder.appending(path: "config.json"))
    return try openCheckpoint(folder.path)
  }

  @Test(arguments: [
    ("gpt2", "activation_function", #""gelu""#), ("gpt2", "scale_attn_weights", "false"),
    ("gpt2", "scale_attn_by_inverse_layer_idx", "true"), ("gpt2", "tie_word_embeddings", "false"),
    ("opt-125m", "activation_function", #""gelu""#), ("opt-125m", "enable_bias", "false"),
    ("opt-125m", "do_layer_norm_before", "false"), ("opt-125m", "word_embed_proj_dim", "32"),
    ("opt-125m", "_remove_final_layer_norm", "true"),
    ("opt-125m", "max_position_embeddings", "129"),
    ("opt-350m", "do_layer_norm_before", "true"), ("opt-350m", "word_embed_proj_dim", "64"),
    ("gemma2", "hidden_activation", #""gelu""#), ("gemma2", "query_pre_attn_scalar", "0"),
    ("gemma2", "layer_types", #"["full_attention"]"#), ("gemma2", "sliding_window", "0"),
    ("gemma2", "layer_types", #"["full_attention", "chunked_attention"]"#),
    ("qwen2-swa", "hidden_act", #""relu""#), ("qwen2-swa", "sliding_window", "-1"),
    ("qwen3", "use_sliding_window", "true"), ("qwen3", "hidden_act", #""relu""#),
    ("phi3-swa", "hidden_act", #""gelu""#), ("phi3-swa", "sliding_window", "-1"),
  ])
  func `what a family does not do is refused`(name: String, key: String, value: String) throws {
    #expect(throws: CheckpointError.self) { _ = try open(name, key, value) }
  }

  @Test func `a configuration may say block by block which slide`() throws {
    let key = "attention.sliding_window_pattern"
    let usual = try openCheckpoint(Shared.url("fixtures/models/gemma2").path)
    #expect(try usual.int("gemma2.attention.sliding_window") == 12)
    #expect(try usual.bools("gemma2." + key) == nil)
    let types = #"["full_attention", "sliding_attention"]"#
    let changed = try open("gemma2", "layer_types", types)
    #expect(try changed.bools("gemma2." + key) == [false, true])
    let late = try openCheckpoint(Shared.url("fixtures/models/qwen2-swa").path)
    #expect(try late.bools("qwen2." + key) == [false, true, true])
    let none = try openCheckpoint(Shared.url("fixtures/models/r1-distill-qwen2").path)
    #expect(try none.int("qwen2.attention.sliding_window") == nil)
  }

  @Test func `Gemma 2's embedding is scaled by a number of the weights' own type`() throws {
    let fixture = try openCheckpoint(Shared.url("fixtures/models/gemma2").path)
    #expect(try fixture.float("gemma2.embedding_scale") == 8)
    // 32^-1/2, the nearest float32.
    #expect(try fixture.float("gemma2.attention.scale") == 0.176_776_695)
    var sample = SampleFolder()
    sample.configuration["model_type"] = "gemma2"
    sample.configuration["head_dim"] = 4
    sample.tensors["lm_head.weight"] = nil
    for name in ["pre_feedforward_layernorm", "post_feedforward_layernorm"] {
      sample.tensors["model.layers.0.\(name).weight"] = SampleFolder.floats(
        [8],
        Array(repeating: 0.5, count: 8)
      )
    }
    try sample.write { path in
      let folder = try openCheckpoint(path)
      #expect(try folder.float("gemma2.embedding_scale") == Float(8).squareRoot())
      // Gains are stored as what they differ from 1.
      let gain = folder.bytes(of: try folder.requireTensor("blk.0.ffn_norm.weight"))
      #expect(Array(gain.prefix(4)) == [0, 0, 0xc0, 0x3f])
    }
    let name = "model.embed_tokens.weight"
    sample.tensors[name]?.type = .bf16
    sample.tensors[name]?.bytes = Array(repeating: 0, count: 6 * 8 * 2)
    // sqrt(8) = 2.82843; bfloat16 has steps of 1/64 there, and 181/64 is the nearest.
    try sample.write { path in
      let folder = try openCheckpoint(path)
      #expect(try folder.float("gemma2.embedding_scale") == 181.0 / 64)
    }
  }

  @Test func `OPT's table of positions begins at its third row`() throws {
    let folder = try openCheckpoint(Shared.url("fixtures/models/opt-125m").path)
    let table = try folder.requireTensor("position_embd.weight")
    #expect(table.dimensions == [64, 128])
    let stored = try SafetensorsFile(
      path: Shared.url("fixtures/models/opt-125m/model.safetensors").path
    ).floats("model.decoder.embed_positions.weight")
    let bytes = folder.bytes(of: table)
    let first = (0..<4).reduce(UInt32(0)) { $0 | UInt32(bytes[$1]) << (8 * $1) }
    #expect(Float(bitPattern: first) == stored[2 * 64])
  }
}
