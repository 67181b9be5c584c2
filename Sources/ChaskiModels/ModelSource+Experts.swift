// Owns: how a mixture of experts reads its weights from a checkpoint.

import ChaskiCheckpoints
import ChaskiLayers
import ChaskiTensors

extension ModelSource {
  /// Whether a block, whose tensors' names begin with `block`, is a mixture of experts, and not dense.
  func hasExperts(_ block: String) -> Bool { has(block + "ffn_gate_inp.weight") }

  /// A mixture whose experts are the likeliest of all.
  func softmaxMixture(
    _ block: String,
    _ shape: MixtureShape,
    depth: Int
  ) throws -> MixtureOfExperts {
    MixtureOfExperts(
      logits: try routerLogits(block, shape, depth: depth),
      router: SoftmaxRouter(chosenCount: shape.chosenCount, weighting: shape.weighting),
      experts: try experts(block, shape, depth: depth)
    )
  }

  /// The layer of router logits, in float32 whatever the file has: a rounded logit chooses another expert.
  func routerLogits(_ block: String, _ shape: MixtureShape, depth: Int) throws -> Linear {
    Linear(
      weight: try floatMatrix(
        block + "ffn_gate_inp.weight",
        rows: shape.expertCount,
        depth: depth
      )
    )
  }

  /// The experts of a block.
  ///
  /// A file has one tensor for all experts, [X, F, D], with the gate apart or above the up projection,
  /// or, if it is old, a matrix for each. Every expert is packed by itself, so that those that are not
  /// chosen are not read.
  func experts(_ block: String, _ shape: MixtureShape, depth: Int) throws -> [GatedExpert] {
    let f = shape.width
    let (gates, ups): ([PackedMatrix], [PackedMatrix])
    if has(block + "ffn_gate_up_exps.weight") {
      let fused = try stacked(
        block + "ffn_gate_up_exps.weight",
        count: shape.expertCount,
        rows: [f, f],
        depth: depth
      )
      (gates, ups) = (fused.map { $0[0] }, fused.map { $0[1] })
    } else {
      gates = try experts(block + "ffn_gate", shape, rows: f, depth: depth)
      ups = try experts(block + "ffn_up", shape, rows: f, depth: depth)
    }
    let downs = try experts(block + "ffn_down", shape, rows: depth, depth: f)
    return (0..<shape.expertCount).map {
      GatedExpert(gate: gates[$0], up: ups[$0], down: downs[$0])
    }
  }

  private func experts(
    _ name: String,
    _ shape: MixtureShape,
    rows: Int,
    depth: Int
  ) throws -> [PackedMatrix] {
    guard !has(name + ".0.weight") else {
      return try (0..<shape.expertCount).map {
        try matrix("\(name).\($0).weight", rows: rows, depth: depth)
      }
    }
    return try stacked(
      name + "_exps.weight",
      count: shape.expertCount,
      rows: [rows],
      depth: depth
    ).map { $0[0] }
  }

  /// The expert of a block that every token visits.
  func sharedExpert(_ block: String, width: Int, depth: Int) throws -> GatedExpert {
    GatedExpert(
      gate: try matrix(block + "ffn_gate_shexp.weight", rows: width, depth: depth),
      up: try matrix(block + "ffn_up_shexp.weight", rows: width, depth: depth),
      down: try matrix(block + "ffn_down_shexp.weight", rows: depth, depth: width)
    )
  }

  /// A block's dense feed-forward layer.
  func gatedFeedForward(_ block: String, width: Int, depth: Int) throws -> GatedFeedForward {
    GatedFeedForward(
      gate: try linear(block + "ffn_gate", rows: width, depth: depth),
      up: try linear(block + "ffn_up", rows: width, depth: depth),
      down: try linear(block + "ffn_down", rows: depth, depth: width)
    )
  }
}
