// Owns: the table of which tensors of a mix get another type than most, and its reading.
// Does not own: the fallback for rows that blocks do not divide (TypePlanner).
//
// The facts are llama.cpp's (src/llama-quant.cpp of September 2026), so that a mix means the same file here
// and there. Where several rules of a role hold, the first decides.

import ChaskiTensors

/// One line of the table: in these mixes, tensors of this role get this type where the condition holds.
struct MixRule: Sendable {
  let mixes: Set<QuantizationMix>
  let role: TensorRole
  let condition: Condition
  let type: ElementType

  init(
    _ mixes: Set<QuantizationMix>,
    _ role: TensorRole,
    _ condition: Condition,
    _ type: ElementType
  ) {
    self.mixes = mixes
    self.role = role
    self.condition = condition
    self.type = type
  }

  /// What must hold for a tensor, the `index`-th of `count` of its role.
  enum Condition: Sendable {
    case always
    /// Four or more query heads share a key/value head.
    case manyQueriesToAKey
    /// Among the first layers: index < count / divisor.
    case firstLayers(divisor: Int)
    /// As `firstLayers`, if there is an importance matrix, or if there is none.
    case firstLayersWithImportance(divisor: Int, Bool)
    /// Among the first so many, however many there are.
    case first(Int)
    /// The first and the last eighth, and every third between them.
    case sensitiveLayers
    /// A mixture of exactly eight experts.
    case eightExperts
    /// Any other number of experts, or none.
    case notEightExperts

    func holds(_ index: Int, of count: Int, in facts: ModelFacts) -> Bool {
      switch self {
      case .always: true
      case .manyQueriesToAKey: facts.groupedQueryCount >= 4
      case .firstLayers(let divisor): index < count / divisor
      case .firstLayersWithImportance(let divisor, let wanted):
        index < count / divisor && facts.hasImportance == wanted
      case .first(let number): index < number
      case .sensitiveLayers:
        index < count / 8 || index >= 7 * count / 8 || (index - count / 8) % 3 == 2
      case .eightExperts: facts.expertCount == 8
      case .notEightExperts: facts.expertCount != 8
      }
    }
  }

  /// All rules for tensors inside the layers.
  static let all: [MixRule] = [
    // A model of eight experts has few values and keys beside its experts.
    MixRule(quantised, .attentionValue, .eightExperts, .q8_0),
    MixRule(quantised, .attentionKey, .eightExperts, .q8_0),

    MixRule([.q2_K], .attentionValue, .manyQueriesToAKey, .q4_K),
    MixRule([.q2_K], .attentionValue, .always, .q3_K),
    MixRule([.q2_K_S], .attentionValue, .manyQueriesToAKey, .q4_K),
    MixRule([.q3_K_M], .attentionValue, .first(2), .q5_K),
    MixRule([.q3_K_M], .attentionValue, .always, .q4_K),
    MixRule([.q3_K_L], .attentionValue, .always, .q5_K),
    MixRule([.iq4_NL, .iq4_XS], .attentionValue, .manyQueriesToAKey, .q5_K),
    MixRule([.q4_K_M, .q5_K_M], .attentionValue, .sensitiveLayers, .q6_K),
    MixRule([.q4_K_S], .attentionValue, .first(4), .q5_K),

    MixRule([.q2_K], .feedForwardDown, .always, .q3_K),
    MixRule([.q2_K_S], .feedForwardDown, .firstLayers(divisor: 8), .q4_K),
    MixRule([.q3_K_M], .feedForwardDown, .firstLayers(divisor: 16), .q5_K),
    MixRule([.q3_K_M], .feedForwardDown, .always, .q4_K),
    MixRule([.q3_K_L], .feedForwardDown, .always, .q5_K),
    MixRule([.q4_K_M, .q5_K_M], .feedForwardDown, .sensitiveLayers, .q6_K),
    MixRule([.q4_K_S], .feedForwardDown, .firstLayers(divisor: 8), .q5_K),
    MixRule(
      [.iq4_NL, .iq4_XS],
      .feedForwardDown,
      .firstLayersWithImportance(divisor: 8, false),
      .q5_K
    ),
    MixRule([.q4_0], .feedForwardDown, .firstLayersWithImportance(divisor: 8, true), .q4_1),
    MixRule([.q5_0], .feedForwardDown, .firstLayersWithImportance(divisor: 8, true), .q5_1),

    MixRule(
      [.q2_K, .q3_K_S, .q3_K_M, .q4_K_S, .q4_K_M, .iq4_NL, .iq4_XS],
      .attentionOutput,
      .eightExperts,
      .q5_K
    ),
    MixRule([.q2_K], .attentionOutput, .notEightExperts, .q3_K),
    MixRule([.q3_K_M], .attentionOutput, .notEightExperts, .q4_K),
    MixRule([.q3_K_L], .attentionOutput, .notEightExperts, .q5_K),
  ]

  /// The mixes whose base type is quantised; the others give every tensor that type.
  static let quantised = Set(
    QuantizationMix.allCases.filter { ![.f32, .f16, .bf16, .mxfp4_MoE].contains($0) }
  )
}

extension QuantizationMix {
  /// The type of a tensor of `role`, the `index`-th of `count` of its kind, before any fallback.
  ///
  /// `isOutput` says that the tensor is the output projection, tied or not; `isExpertStack` that it holds a
  /// matrix for each expert.
  func type(
    of role: TensorRole,
    index: Int,
    count: Int,
    columns: Int,
    isOutput: Bool,
    isExpertStack: Bool,
    facts: ModelFacts
  ) -> ElementType {
    guard self != .f32, self != .f16, self != .bf16 else { return baseType }
    if isOutput {
      let fits = columns.isMultiple(of: baseType.blockElementCount)
      return self == .mxfp4_MoE || self == .q8_0 || !fits ? .q8_0 : .q6_K
    }
    if self == .mxfp4_MoE { return isExpertStack ? .mxfp4 : .q8_0 }
    if role == .embedding { return self == .tq1_0 || self == .tq2_0 ? .q4_K : baseType }
    let rule = MixRule.all.first {
      $0.role == role && $0.mixes.contains(self)
        && $0.condition.holds(index, of: count, in: facts)
    }
    let type = rule?.type ?? baseType
    let isSpared = role == .attentionValue && facts.isSeventyBillion
    return isSpared && (type == .q3_K || type == .q4_K) ? .q5_K : type
  }
}
