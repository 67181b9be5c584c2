// Owns: the type of every tensor of a model, by a mix and the user's exceptions.
// Does not own: the mix's rules (MixRules), types chosen by measured error (SizePlanner).

package import ChaskiTensors

/// A type for the tensors whose names contain a text.
package struct TypeException: Sendable, Equatable {
  /// Part of the names.
  package var part: String
  /// The type they get.
  package var type: ElementType

  package init(part: String, type: ElementType) {
    self.part = part
    self.type = type
  }
}

/// Chooses types as a mix says.
package struct TypePlanner: Sendable {
  /// The mix.
  package var mix: QuantizationMix
  /// Whether every tensor gets the mix's base type, but for exceptions.
  package var isPure = false
  /// The type of the output projection, if it is not the mix that decides.
  package var outputType: ElementType?
  /// The type of the input embedding, likewise.
  package var embeddingType: ElementType?
  /// Exceptions; the first whose text a name contains holds.
  package var exceptions: [TypeException] = []

  package init(mix: QuantizationMix) {
    self.mix = mix
  }

  /// What becomes of each tensor, in the order given.
  package func plan(_ tensors: [TensorDescription], facts: ModelFacts) -> [TensorPlan] {
    let isTied = !tensors.contains { $0.name == "output.weight" }
    let valueCount = tensors.count { TensorRole(name: $0.name) == .attentionValue }
    var valueIndex = 0
    var downIndex = 0
    var plans = tensors.map { TensorPlan(tensor: $0, type: $0.type) }
    for place in Self.order(of: tensors) {
      let tensor = tensors[place]
      guard QuantizableTensors.contains(name: tensor.name, dimensions: tensor.dimensions) else {
        continue
      }
      let role = TensorRole(name: tensor.name)
      var type = mix.baseType
      if let chosen = exception(for: tensor.name, role: role) {
        type = chosen
      } else if !isPure {
        let isDown = role == .feedForwardDown
        type = mix.type(
          of: role,
          // Several tensors of a layer may hold experts: there the layer counts.
          index: isDown
            ? facts.expertCount > 1 ? Self.layer(of: tensor.name) ?? 0 : downIndex : valueIndex,
          count: isDown ? facts.blockCount : valueCount,
          columns: tensor.columns,
          isOutput: role == .output || (role == .embedding && isTied),
          isExpertStack: tensor.dimensions.count > 2 && tensor.dimensions[2] > 1,
          facts: facts
        )
        if role == .attentionValue { valueIndex += 1 }
        if isDown { downIndex += 1 }
      }
      plans[place].type = type.fallback(columns: tensor.columns)
      if plans[place].type != type { plans[place].wanted = type }
    }
    return plans
  }

  private func exception(for name: String, role: TensorRole) -> ElementType? {
    if let exception = exceptions.first(where: { name.contains($0.part) }) { return exception.type }
    if role == .output { return outputType }
    return role == .embedding ? embeddingType : nil
  }

  /// Places of the tensors in the order in which mixes count them: by layer, those of none first, then by
  /// name.
  private static func order(of tensors: [TensorDescription]) -> [Int] {
    let keys = tensors.map { (layer: layer(of: $0.name) ?? -1, name: Array($0.name.utf8)) }
    return tensors.indices.sorted { a, b in
      keys[a].layer != keys[b].layer
        ? keys[a].layer < keys[b].layer
        : keys[a].name.lexicographicallyPrecedes(keys[b].name)
    }
  }

  /// The layer that a name of the form `blk.N.` tells, or nil.
  package static func layer(of name: String) -> Int? {
    let parts = name.split(separator: ".", maxSplits: 2, omittingEmptySubsequences: false)
    guard parts.count == 3, parts[0] == "blk" else { return nil }
    return Int(parts[1])
  }
}
