// Owns: reading the kinds of attention that several architectures share. Does not own: which a model has.

import ChaskiLayers

extension ModelSource {
  /// Rotary attention of block `index`, from one matrix each for queries, keys and values.
  func groupedQueryAttention(
    _ index: Int,
    _ shape: DecoderShape,
    halfSplit: Bool
  ) throws -> GroupedQueryAttention {
    GroupedQueryAttention(try attentionProjections(index, shape), halfSplit: halfSplit)
  }

  /// Rotary attention of block `index` with normalised heads.
  func normedQueryAttention(
    _ index: Int,
    _ shape: DecoderShape,
    epsilon: Float
  ) throws -> NormedQueryAttention {
    let name = "blk.\(index)."
    let e = shape.headWidth
    return NormedQueryAttention(
      try attentionProjections(index, shape),
      queryNorm: try rmsNorm(name + "attn_q_norm", count: e, epsilon: epsilon),
      keyNorm: try rmsNorm(name + "attn_k_norm", count: e, epsilon: epsilon)
    )
  }

  /// The projections of block `index`, from one matrix each for queries, keys and values.
  func attentionProjections(_ index: Int, _ shape: DecoderShape) throws -> AttentionProjections {
    let name = "blk.\(index)."
    let d = shape.embeddingLength
    return AttentionProjections(
      query: try linear(name + "attn_q", rows: shape.queryWidth, depth: d),
      key: try linear(name + "attn_k", rows: shape.keyWidth(index), depth: d),
      value: try linear(name + "attn_v", rows: shape.keyWidth(index), depth: d),
      output: try linear(name + "attn_output", rows: d, depth: shape.queryWidth),
      headCount: shape.headCount,
      headWidth: shape.headWidth
    )
  }

  /// The projections of block `index`, from one matrix of queries, keys and values, in this order.
  func fusedAttentionProjections(
    _ index: Int,
    _ shape: DecoderShape
  ) throws -> AttentionProjections {
    let name = "blk.\(index)."
    let d = shape.embeddingLength
    let parts = try fusedLinear(
      name + "attn_qkv",
      rows: [shape.queryWidth, shape.keyWidth(index), shape.keyWidth(index)],
      depth: d
    )
    return AttentionProjections(
      query: parts[0],
      key: parts[1],
      value: parts[2],
      output: try linear(name + "attn_output", rows: d, depth: shape.queryWidth),
      headCount: shape.headCount,
      headWidth: shape.headWidth
    )
  }
}
