// Owns: multi-head latent attention in its absorbed form. Does not own: how the file names its matrices.

package import ChaskiTensors

/// Causal self-attention of H heads over one compressed vector a token.
///
/// A token's keys and values of all heads are linear in a latent c of width C, and its positions are in
/// one rotated key r of width R that all heads share. Instead of computing keys k = U_K c and values
/// v = U_V c of every head for every position, q . (U_K c) = (U_K^T q) . c moves both matrices to the
/// token that asks: the cache holds [norm(c) | r], and is its own value.
///
/// Source: DeepSeek-AI 2024, https://arxiv.org/abs/2405.04434, section 2.1.
package struct LatentAttention: SelfAttention {
  /// The widths of one layer.
  package struct Shape: Sendable, Equatable {
    /// H.
    package let headCount: Int
    /// N: the part of a head's query and key without positions.
    package let plainWidth: Int
    /// R: the rotated part.
    package let rotaryWidth: Int
    /// C: the latent.
    package let latentWidth: Int
    /// V: a head's value.
    package let valueWidth: Int

    /// Widths.
    package init(
      headCount: Int,
      plainWidth: Int,
      rotaryWidth: Int,
      latentWidth: Int,
      valueWidth: Int
    ) {
      self.headCount = headCount
      self.plainWidth = plainWidth
      self.rotaryWidth = rotaryWidth
      self.latentWidth = latentWidth
      self.valueWidth = valueWidth
    }

    /// N + R.
    package var queryWidth: Int { plainWidth + rotaryWidth }
    /// C + R.
    package var cacheWidth: Int { latentWidth + rotaryWidth }
    /// What the layer keeps for a position.
    package var cacheLayer: CacheLayout.Layer {
      CacheLayout.Layer(
        headCount: 1,
        keyWidth: cacheWidth,
        valueWidth: latentWidth,
        valuesInKeys: true
      )
    }
  }

  /// How queries come from what `queryAndLatent` makes of x.
  package enum Query: Sendable {
    /// They are it.
    case plain
    /// It is compressed, too: normalised and expanded to [H * (N + R)].
    case compressed(norm: RMSNorm, up: Linear)

    fileprivate func callAsFunction(_ q: Tensor, on backend: CPUBackend) -> Tensor {
      switch self {
      case .plain: q
      case .compressed(let norm, let up): up(norm(q), on: backend)
      }
    }
  }

  private let shape: Shape
  // [H * (N + R), D], or [the query's own latent, D]; [C + R, D]
  private let queryAndLatent: ParallelLinear
  private let query: Query
  private let latentNorm: RMSNorm
  private let keys: [Projection]  // [C, N], H of them
  private let values: [Projection]  // [V, C], H of them
  private let output: Linear  // [D, H * V]
  private let scale: Float

  /// Attention by these matrices.
  ///
  /// `queryDown` is [H * (N + R), D], or reaches the query's own latent; `latent` is [C + R, D]; `keys`
  /// are U_K^T, [C, N], and `values` U_V, [V, C], one for each head; `scale` multiplies scores.
  package init(
    shape: Shape,
    queryDown: Linear,
    query: Query,
    latent: Linear,
    latentNorm: RMSNorm,
    keys: [PackedMatrix],
    values: [PackedMatrix],
    output: Linear,
    scale: Float
  ) {
    precondition(keys.count == shape.headCount && values.count == shape.headCount, "lost heads")
    self.shape = shape
    queryAndLatent = ParallelLinear([queryDown, latent])
    self.query = query
    self.latentNorm = latentNorm
    self.keys = keys.map { Projection($0) }
    self.values = values.map { Projection($0) }
    self.output = output
    self.scale = scale
  }

  package func callAsFunction(
    _ x: LinearInput,
    addingTo sum: Tensor,
    step: Step,
    layer: Int,
    on backend: CPUBackend
  ) {
    let projected = queryAndLatent(x, on: backend)
    let q = query(projected[0], on: backend)  // [T, H * (N + R)]
    store(projected[1], step: step, layer: layer, on: backend)
    backend.rotate(
      q,
      headWidth: shape.queryWidth,
      from: shape.plainWidth,
      angles: step.angles,
      halfSplit: false
    )
    let mixed = backend.attend(
      queries: absorbed(q, on: backend),
      headCount: shape.headCount,
      runs: step.runs,
      layer: layer,
      scale: scale
    )  // [T, H * C]
    output(.tensor(expanded(mixed, on: backend)), addingTo: sum, on: backend)
  }

  /// Normalises the latent, rotates the shared key, and writes both to the cache. [T, C + R]
  private func store(_ key: Tensor, step: Step, layer: Int, on backend: CPUBackend) {
    let c = 0..<shape.latentWidth
    let latent = backend.floats(of: latentNorm(backend.columns(c, of: key)))  // [T, C]
    backend.copyHeads(
      c,
      of: latent,
      headWidth: shape.latentWidth,
      to: key,
      headWidth: shape.cacheWidth,
      at: 0
    )
    backend.rotate(
      key,
      headWidth: shape.cacheWidth,
      from: shape.latentWidth,
      angles: step.angles,
      halfSplit: false
    )
    backend.store(keys: key, values: nil, runs: step.runs, layer: layer)
  }

  /// Each head's [U_K^T q | rotated q]. [T, H * (N + R)] to [T, H * (C + R)]
  private func absorbed(_ q: Tensor, on backend: CPUBackend) -> Tensor {
    let heads = 0..<shape.headCount
    let result = backend.tensor(rows: q.rows, columns: shape.headCount * shape.cacheWidth)
    backend.linear(
      zip(heads, keys).map { head, projection in
        let first = head * shape.queryWidth
        return (.slice(q, columns: first..<first + shape.plainWidth), projection)
      },
      into: result,
      at: heads.map { $0 * shape.cacheWidth }
    )
    backend.copyHeads(
      shape.plainWidth..<shape.queryWidth,
      of: q,
      headWidth: shape.queryWidth,
      to: result,
      headWidth: shape.cacheWidth,
      at: shape.latentWidth
    )
    return result
  }

  /// Each head's U_V times its mixture of latents. [T, H * C] to [T, H * V]
  private func expanded(_ mixed: Tensor, on backend: CPUBackend) -> Tensor {
    let heads = 0..<shape.headCount
    let result = backend.tensor(rows: mixed.rows, columns: shape.headCount * shape.valueWidth)
    backend.linear(
      zip(heads, values).map { head, projection in
        let first = head * shape.latentWidth
        return (.slice(mixed, columns: first..<first + shape.latentWidth), projection)
      },
      into: result,
      at: heads.map { $0 * shape.valueWidth }
    )
    return result
  }
}
