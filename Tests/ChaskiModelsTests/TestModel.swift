// Owns: running a model over tokens in the ways the tests compare.

import ChaskiCheckpoints
import ChaskiLayers
import ChaskiModels
import ChaskiTensors

/// A loaded architecture with what it takes to step it.
struct TestModel {
  let architecture: any Architecture
  let backend: CPUBackend

  init(
    path: String,
    threads: Int = 1,
    instructionSet: InstructionSet = .best
  ) throws {
    backend = try CPUBackend(threadCount: threads, instructionSet: instructionSet)
    architecture = try ArchitectureCatalogue.build(
      from: ModelSource(
        openCheckpoint(path, options: CheckpointOptions(widensToFloat32: true)),
        backend: backend
      )
    )
  }

  /// A cache for `positions` positions.
  func pages(_ positions: Int, type: CacheType = .f16, sequences: Int = 1) throws -> CachePagePool {
    CachePagePool(
      layout: try CacheLayout(layers: architecture.cacheLayers, type: type),
      pageLimit: (positions / CacheLayout.pageLength + 2) * sequences
    )
  }

  /// The logits of all positions of `tokens`, computed in chunks of `chunkLength`. [T * V]
  func logits(
    _ tokens: [Int32],
    chunkLength: Int = .max,
    cacheType: CacheType = .f16
  ) throws -> [Float] {
    let sequence = KVSequence(in: try pages(tokens.count, type: cacheType))
    var result: [Float] = []
    var first = 0
    while first < tokens.count {
      let last = first + min(chunkLength, tokens.count - first)
      let chunk = Array(tokens[first..<last])
      result += try logits([
        Step.Input(sequence: sequence, tokens: chunk, logits: 0..<chunk.count)
      ])
      first = last
    }
    return result
  }

  /// The logits of one step over `inputs`. [R * V]
  func logits(_ inputs: [Step.Input]) throws -> [Float] {
    let step = try Step(inputs, rotary: architecture.rotary, on: backend)
    return architecture.logits(step, on: backend).elements()
  }
}

/// The largest distance between two lists of numbers of one length.
func largestDifference(_ a: [Float], _ b: [Float]) -> Float {
  guard a.count == b.count else { return .infinity }
  return zip(a, b).map { abs($0 - $1) }.max() ?? 0
}

/// The root mean square of the distances between two lists of numbers.
func rootMeanSquare(_ a: [Float], _ b: [Float]) -> Double {
  let sum = zip(a, b).reduce(0.0) { sum, pair in
    let difference = Double(pair.0) - Double(pair.1)
    return sum + difference * difference
  }
  return (sum / Double(max(a.count, 1))).squareRoot()
}
