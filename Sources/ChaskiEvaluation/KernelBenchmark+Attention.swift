// Owns: measuring attention away from any model.

import ChaskiLayers
package import ChaskiTensors

extension KernelBenchmark {
  /// Positions that one token attends over.
  package static let positionCount = 16_384

  /// Attention of 32 heads over 4 key/value heads of width 64, as in a model of 1.1B: 512 tokens of an empty
  /// sequence, and one token after 16,384 positions, layer after layer so that the cache is read from memory.
  ///
  /// - Throws: `TensorError`; `CacheError`.
  package func attention(_ type: CacheType) throws -> KernelFigure {
    let shape = CacheLayout.Layer(headCount: 4, keyWidth: 64, valueWidth: 64)
    let single = try CacheLayout(layers: [shape], type: type)
    let layerCount = max(
      1,
      streamByteCount / (single.bytesPerPosition * Self.positionCount)
    )
    let pages = CachePagePool(
      layout: try CacheLayout(layers: Array(repeating: shape, count: layerCount), type: type),
      pageLimit: Self.positionCount / CacheLayout.pageLength + 2
    )
    let sequence = KVSequence(in: pages)
    let many = try manyTokens(sequence)
    sequence.truncate(to: 0)
    let one = try oneToken(sequence, layerCount: layerCount)
    return KernelFigure(
      name: "attention \(type.rawValue)",
      threads: backend.workers.threadCount,
      manyTokens: many,
      oneToken: one
    )
  }

  private static var headCount: Int { 32 }
  private static var headWidth: Int { 64 }

  private func manyTokens(_ sequence: KVSequence) throws -> KernelFigure.Rate {
    let run = try fill(sequence, count: Self.tokenCount, layerCount: 1)
    let queries = activations(rows: Self.tokenCount, columns: Self.headCount * Self.headWidth)
    // Token t meets t + 1 positions, twice: for its scores and for its sum of values.
    let pairs = Self.tokenCount * (Self.tokenCount + 1) / 2
    return rate(of: 4 * Self.headCount * Self.headWidth * pairs, limit: \.float32Rate) {
      attend(queries, run, layer: 0)
    }
  }

  private func oneToken(_ sequence: KVSequence, layerCount: Int) throws -> KernelFigure.Rate {
    _ = try fill(sequence, count: Self.positionCount - 1, layerCount: layerCount)
    let run = try fill(sequence, count: 1, layerCount: layerCount)
    let queries = activations(rows: 1, columns: Self.headCount * Self.headWidth)
    let byteCount = sequence.pool.layout.bytesPerPosition * Self.positionCount
    return rate(of: byteCount, limit: \.readBandwidth) {
      for layer in 0..<layerCount { attend(queries, run, layer: layer) }
    }
  }

  private func attend(_ queries: Tensor, _ run: CacheRun, layer: Int) {
    _ = backend.attend(
      queries: queries,
      headCount: Self.headCount,
      runs: [run],
      layer: layer,
      scale: 1 / Float(Self.headWidth).squareRoot()
    )
  }

  /// Adds `count` positions to `sequence` and returns the last step's run.
  private func fill(_ sequence: KVSequence, count: Int, layerCount: Int) throws -> CacheRun {
    let run = try sequence.extend(byRows: 0..<count)
    let values = activations(rows: count, columns: 4 * Self.headWidth)
    for layer in 0..<layerCount {
      backend.store(keys: values, values: values, runs: [run], layer: layer)
    }
    return run
  }
}
