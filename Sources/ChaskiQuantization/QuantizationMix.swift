// Owns: the mixes by name: what most tensors get, and the number that a file says it by.
// Does not own: which tensors get another type (MixRules).

package import ChaskiTensors

/// A named choice of types for the tensors of a model, as llama.cpp names them.
package enum QuantizationMix: String, CaseIterable, Sendable {
  case f32 = "F32"
  case f16 = "F16"
  case bf16 = "BF16"
  case q8_0 = "Q8_0"
  case q6_K = "Q6_K"
  case q5_K_M = "Q5_K_M"
  case q5_K_S = "Q5_K_S"
  case q5_1 = "Q5_1"
  case q5_0 = "Q5_0"
  case q4_K_M = "Q4_K_M"
  case q4_K_S = "Q4_K_S"
  case q4_1 = "Q4_1"
  case q4_0 = "Q4_0"
  case iq4_NL = "IQ4_NL"
  case iq4_XS = "IQ4_XS"
  case q3_K_L = "Q3_K_L"
  case q3_K_M = "Q3_K_M"
  case q3_K_S = "Q3_K_S"
  case q2_K = "Q2_K"
  case q2_K_S = "Q2_K_S"
  case tq2_0 = "TQ2_0"
  case tq1_0 = "TQ1_0"
  case mxfp4_MoE = "MXFP4_MOE"

  /// The mix called `name`, whatever its case; `Q4_K` and the like mean the middle one of their kind.
  package init?(name: String) {
    let name = name.uppercased()
    let aliases = ["Q3_K": "Q3_K_M", "Q4_K": "Q4_K_M", "Q5_K": "Q5_K_M", "MXFP4": "MXFP4_MOE"]
    self.init(rawValue: aliases[name] ?? name)
  }

  /// What most tensors get.
  package var baseType: ElementType {
    switch self {
    case .f32: .f32
    case .f16: .f16
    case .bf16: .bf16
    case .q8_0: .q8_0
    case .q6_K: .q6_K
    case .q5_K_M, .q5_K_S: .q5_K
    case .q5_1: .q5_1
    case .q5_0: .q5_0
    case .q4_K_M, .q4_K_S: .q4_K
    case .q4_1: .q4_1
    case .q4_0: .q4_0
    case .iq4_NL: .iq4_NL
    case .iq4_XS: .iq4_XS
    case .q3_K_L, .q3_K_M, .q3_K_S: .q3_K
    case .q2_K, .q2_K_S: .q2_K
    case .tq2_0: .tq2_0
    case .tq1_0: .tq1_0
    case .mxfp4_MoE: .mxfp4
    }
  }

  /// The value of `general.file_type` (GGUF specification, `general.file_type`; llama.cpp's llama.h).
  package var fileType: UInt32 {
    switch self {
    case .f32: 0
    case .f16: 1
    case .q4_0: 2
    case .q4_1: 3
    case .q8_0: 7
    case .q5_0: 8
    case .q5_1: 9
    case .q2_K: 10
    case .q3_K_S: 11
    case .q3_K_M: 12
    case .q3_K_L: 13
    case .q4_K_S: 14
    case .q4_K_M: 15
    case .q5_K_S: 16
    case .q5_K_M: 17
    case .q6_K: 18
    case .q2_K_S: 21
    case .iq4_NL: 25
    case .iq4_XS: 30
    case .bf16: 32
    case .tq1_0: 36
    case .tq2_0: 37
    case .mxfp4_MoE: 38
    }
  }

  /// The mix in which every tensor has `type` but for what the rules of its simplest mix say; nil for a type
  /// that no mix is named after.
  package init?(mostly type: ElementType) {
    let simplest: [ElementType: QuantizationMix] = [
      .q5_K: .q5_K_S, .q4_K: .q4_K_S, .q3_K: .q3_K_S, .q2_K: .q2_K,
    ]
    guard let mix = simplest[type] ?? Self.allCases.first(where: { $0.baseType == type }) else {
      return nil
    }
    self = mix
  }
}
