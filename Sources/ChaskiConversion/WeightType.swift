// Owns: the types that a conversion writes weights in, and which tensors keep another.
// Does not own: the conversion of numbers (ChaskiTensors), mixes by name (ChaskiQuantization).

package import ChaskiCheckpoints
package import ChaskiTensors

/// The type that a conversion writes matrices in.
package enum WeightType: String, Sendable, CaseIterable {
  /// As they are stored.
  case stored
  case f32
  case f16
  case bf16
  case q8_0

  /// The type that `tensor` has in a GGUF file of this type.
  ///
  /// Vectors, norms and routers stay float32: they are small, and everything is multiplied by them. A row
  /// that blocks of 32 do not divide becomes float16 in place of Q8_0. These are llama.cpp's rules.
  package func type(of tensor: CheckpointTensor) -> ElementType {
    guard tensor.dimensions.count > 1, !Self.isAlwaysFloat32(tensor.name) else {
      return self == .stored ? tensor.type : .f32
    }
    return switch self {
    case .stored: tensor.type
    case .f32: .f32
    case .f16: .f16
    case .bf16: .bf16
    case .q8_0:
      tensor.dimensions[0].isMultiple(of: ElementType.q8_0.blockElementCount) ? .q8_0 : .f16
    }
  }

  private static func isAlwaysFloat32(_ name: String) -> Bool {
    ["_norm.weight", "ffn_gate_inp.weight", "position_embd.weight", "token_types.weight"]
      .contains { name.hasSuffix($0) }
  }

  /// llama.cpp's number for a file whose matrices mostly have `type`, or nil if it has none.
  static func fileType(mostly type: ElementType) -> UInt32? {
    switch type {
    case .f32: 0
    case .f16: 1
    case .bf16: 32
    case .q4_0: 2
    case .q4_1: 3
    case .q5_0: 8
    case .q5_1: 9
    case .q8_0: 7
    default: nil
    }
  }
}
