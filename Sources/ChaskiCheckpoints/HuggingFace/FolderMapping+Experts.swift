// Owns: what folders of mixtures of experts have in common.

extension FolderMapping {
  /// How many experts a layer may have: more than any model has, and few enough to name each.
  static let expertRange = 1...16_384

  /// Adds a router, widened to float32 as GGUF has it, and its experts, stacked.
  ///
  /// `stored` has `gate` and `experts`: a module of three matrices for each, called as `names` say, or, as
  /// newer programs write them, `gate_up_proj` [X, 2F, D] and `down_proj` [X, D, F] for all. `width` is F.
  package mutating func addExperts(
    _ block: String,
    from stored: String,
    count: Int,
    width: Int,
    names: (gate: String, up: String, down: String) = ("gate_proj", "up_proj", "down_proj")
  ) {
    add(block + "ffn_gate_inp.weight", .widened(.stored(stored + "gate.weight")))
    let fused = stored + "experts.gate_up_proj"
    guard !has(fused) else {
      add(block + "ffn_gate_exps.weight", .rows(0..<width, of: .stored(fused)))
      add(block + "ffn_up_exps.weight", .rows(width..<2 * width, of: .stored(fused)))
      add(block + "ffn_down_exps.weight", .stored(stored + "experts.down_proj"))
      return
    }
    for (name, part) in [("gate", names.gate), ("up", names.up), ("down", names.down)] {
      add(
        block + "ffn_\(name)_exps.weight",
        .stacked((0..<count).map { .stored("\(stored)experts.\($0).\(part).weight") })
      )
    }
  }

  /// Adds the expert that every token visits.
  package mutating func addSharedExpert(_ block: String, from stored: String) {
    for name in ["gate", "up", "down"] {
      add("\(block)ffn_\(name)_shexp.weight", .stored("\(stored)\(name)_proj.weight"))
    }
  }

  /// Refuses activations other than silu, which is what a missing `hidden_act` means.
  ///
  /// - Throws: `CheckpointError.unsupported`.
  package func requireSilu() throws(CheckpointError) {
    let activation = try configuration.text("hidden_act") ?? "silu"
    guard activation == "silu" else {
      throw .unsupported(file: configuration.file, feature: "the activation \"\(activation)\"")
    }
  }
}
