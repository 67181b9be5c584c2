import ChaskiTestSupport
import ChaskiFiles
import ChaskiLayers
import ChaskiModels
import ChaskiTensors
import Testing

/// Forms of the same mixtures of experts and latent attention that files have had, and forms they cannot have.
@Suite(.enabled(if: Shared.isPresent, Shared.reason))
struct MixtureFileTests {
  private static let mixtral = FixtureModel(name: "mixtral", form: .gguf)
  private static let deepSeek = FixtureModel(name: "deepseek-v3", form: .gguf)

  private func logits(_ path: String) throws -> [Float] {
    try TestModel(path: path, threads: 2).logits((0..<40).map { Int32($0 * 7 % 176) })
  }

  @Test func `a matrix for each expert is as good as a stack of them`() throws {
    let found = try withAltered(
      Self.mixtral,
      tensors: { tensors in
        tensors.flatMap { tensor in
          guard tensor.dimensions.count == 3 else { return [tensor] }
          return tensor.unstacked { index in
            tensor.name.replacing("_exps.weight", with: ".\(index).weight")
          }
        }
      },
      logits
    )
    #expect(try found == logits(Self.mixtral.path))
  }

  @Test func `a gate above its up projection is as good as two stacks`() throws {
    let found = try withAltered(
      Self.mixtral,
      tensors: { tensors in
        let ups = tensors.filter { $0.name.hasSuffix(".ffn_up_exps.weight") }
        return tensors.compactMap { tensor in
          if tensor.name.hasSuffix(".ffn_up_exps.weight") { return nil }
          guard tensor.name.hasSuffix(".ffn_gate_exps.weight"),
            let up = ups.first(where: {
              $0.name == tensor.name.replacing("ffn_gate", with: "ffn_up")
            })
          else { return tensor }
          var fused = tensor
          fused.name = tensor.name.replacing("ffn_gate", with: "ffn_gate_up")
          fused.dimensions[1] *= 2
          fused.bytes = zip(tensor.unstacked { _ in "" }, up.unstacked { _ in "" }).flatMap {
            $0.bytes + $1.bytes
          }
          return fused
        }
      },
      logits
    )
    #expect(try found == logits(Self.mixtral.path))
  }

  /// The first files had what expands latents as one matrix, and named widths otherwise.
  @Test func `one matrix for keys and values of all heads is as good as two for each`() throws {
    let found = try withAltered(
      Self.deepSeek,
      keys: [
        "deepseek2.attention.key_length": .uint32(20),
        "deepseek2.attention.value_length": .uint32(10),
        "deepseek2.attention.head_count_kv": .uint32(4),
      ],
      without: [
        "deepseek2.attention.key_length_mla", "deepseek2.attention.value_length_mla",
      ],
      tensors: { tensors in
        let values = tensors.filter { $0.name.hasSuffix(".attn_v_b.weight") }
        return tensors.compactMap { tensor in
          if tensor.name.hasSuffix(".attn_v_b.weight") { return nil }
          guard tensor.name.hasSuffix(".attn_k_b.weight"),
            let value = values.first(where: { $0.name == tensor.name.replacing("_k_", with: "_v_") }
            )
          else { return tensor }
          return Self.fused(tensor, value)
        }
      },
      logits
    )
    #expect(try found == logits(Self.deepSeek.path))
  }

  /// Each head's keys, turned, above its values.
  private static func fused(_ keys: AlteredTensor, _ values: AlteredTensor) -> AlteredTensor {
    let (plain, latent, headCount) = (keys.dimensions[0], keys.dimensions[1], keys.dimensions[2])
    let bytes = zip(keys.unstacked { _ in "" }, values.unstacked { _ in "" }).flatMap {
      keys,
      values in
      (0..<plain).flatMap { column in
        (0..<latent).flatMap { row -> [UInt8] in
          let start = (row * plain + column) * 2
          return [keys.bytes[start], keys.bytes[start + 1]]
        }
      } + values.bytes
    }
    return AlteredTensor(
      name: keys.name.replacing("attn_k_b", with: "attn_kv_b"),
      type: keys.type,
      dimensions: [latent, headCount * (plain + values.dimensions[1])],
      bytes: bytes
    )
  }

  /// Activations would be rounded where they meet bfloat16, and logits with them.
  @Test func `a router meets float32 activations, whatever its type`() throws {
    let short = try withAltered(
      Self.mixtral,
      tensors: { $0.map { Self.router($0, .bf16) } },
      logits
    )
    let long = try withAltered(Self.mixtral, tensors: { $0.map { Self.router($0, .f32) } }, logits)
    #expect(short == long)
    #expect(try long != logits(Self.mixtral.path))
  }

  /// A router cut to the precision of bfloat16, written as `type`; other tensors as they are.
  private static func router(_ tensor: AlteredTensor, _ type: ElementType) -> AlteredTensor {
    guard tensor.name.hasSuffix(".ffn_gate_inp.weight") else { return tensor }
    var router = tensor
    router.type = type
    router.bytes = stride(from: 0, to: tensor.bytes.count, by: 4).flatMap { offset in
      let high = tensor.bytes[offset + 2..<offset + 4]
      return type == .bf16 ? Array(high) : [0, 0] + high
    }
    return router
  }

  /// Keys of a file that another program or an attacker wrote.
  static let nonsense: [(key: String, value: GGUFValue)] = [
    ("expert_used_count", .uint32(9)), ("expert_used_count", .uint32(0)),
    ("expert_count", .uint32(7)), ("expert_count", .uint32(.max)),
    ("expert_group_count", .uint32(3)), ("expert_group_used_count", .uint32(1)),
    ("expert_group_used_count", .uint32(5)), ("expert_gating_func", .uint32(3)),
    ("expert_feed_forward_length", .uint32(.max)), ("expert_shared_count", .uint32(1025)),
    ("expert_weights_scale", .float32(.infinity)), ("attention.kv_lora_rank", .uint32(0)),
    ("attention.key_length_mla", .uint32(8)), ("attention.value_length_mla", .uint32(.max)),
    ("attention.head_count", .uint32(5)), ("rope.dimension_count", .uint32(7)),
    ("nextn_predict_layers", .uint32(3)), ("leading_dense_block_count", .uint32(2)),
    ("attention.temperature_scale", .float32(0.1)),
  ]

  @Test(arguments: nonsense.indices)
  func `hyperparameters that make no sense are errors`(index: Int) throws {
    let (key, value) = Self.nonsense[index]
    try withAltered(Self.deepSeek, keys: ["deepseek2." + key: value]) { path in
      let error = #expect(throws: (any Error).self, "\(key) of \(value)") {
        try TestModel(path: path)
      }
      #expect(error.map { "\($0)".contains(path) || "\($0)".contains("blk.") } == true)
    }
  }

  @Test func `blocks that predict further tokens are left out`() throws {
    let found = try withAltered(
      Self.deepSeek,
      keys: [
        "deepseek2.block_count": .uint32(4), "deepseek2.nextn_predict_layers": .uint32(1),
      ],
      logits
    )
    #expect(try found == logits(Self.deepSeek.path))
  }
}
