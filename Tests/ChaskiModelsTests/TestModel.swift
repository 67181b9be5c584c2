// Owns: running a model over tokens in the ways the tests compare.

import ChaskiCheckpoints
import ChaskiLayers
import ChaskiModels
import ChaskiTensors

/// A loaded architecture with what it takes to step it.
struct TestModel {
  let architecture: any Architecture
  let backend: CPUBackend
  let cacheType: CacheType

  init(
    path: String,
    threads: Int = 1,
    instructionSet: InstructionSet = .best,
    roundsToBFloat16: Bool = true,
    cacheType: CacheType = .f16,
    options: CheckpointOptions = CheckpointOptions()
  ) throws {
    backend = try CPUBackend(
      threadCount: threads,
      instructionSet: instructionSet,
      roundsToBFloat16: roundsToBFloat16
    )
    architecture = try ArchitectureCatalogue.build(
      from: ModelSource(
        openCheckpoint(path, options: CheckpointOptions(widensToFloat32: true)),
        backend: backend
      )
    )
    self.cacheType = cacheType
  }

  /// A fixture as its reference ran it: nothing is rounded below 32 bits but what the file rounded.
  init(_ fixture: FixtureModel, threads: Int = 1, instructionSet: InstructionSet = .best) throws {
    try self.init(
      path: fixture.path,
      threads: threads,
      instructionSet: instructionSet,
      roundsToBFloat16: false,
      cacheType: .f32,
      options: CheckpointOptions(widensToFloat32: true)
    )
  }

  /// A cache for `positions` positions.
  func pages(_ positions: Int, type: CacheType? = nil, sequences: Int = 1) throws -> CachePagePool {
    CachePagePool(
      layout: try CacheLayout(layers: architecture.cacheLayers, type: type ?? cacheType),
      pageLimit: (positions / CacheLayout.pageLength + 2) * sequences
    )
  }

  /// The logits of all positions of `tokens`, computed in chunks of `chunkLength`. [T * V]
  func logits(
    _ tokens: [Int32],
    chunkLength: Int = .max,
    cacheType: CacheType? = nil
  ) throws -> [Float] {
    let sequence = KVSequence(in: try pages(tokens.count, type: cacheType))
    var result: [Float] = []
    var first = 0
    while first < tokens.count {
      let last = first + min(chunkLength, tokens.count - first)
      let chunk = Array(tokens[first..<last])
      result += try logits([
        Step.Input(
          sequence: sequence,
          tokens: chunk,
          logits: 0..<chunk.count,
          promptLength: tokens.count
        )
      ])
      first = last
    }
    return result
  }

  /// The logits of one step over `inputs`. [R * V]
  func logits(_ inputs: [Step.Input]) throws -> [Float] {
    let step = try architecture.step(inputs, on: backend)
    return architecture.logits(step, on: backend).elements()
  }

  /// The `count` likeliest tokens after `prompt`, each chosen after the last, with all in one cache.
  func greedy(after prompt: [Int32], count: Int) throws -> [Int32] {
    let sequence = KVSequence(in: try pages(prompt.count + count))
    var result: [Int32] = []
    var next = prompt
    while result.count < count {
      let logits = try logits([
        Step.Input(sequence: sequence, tokens: next, promptLength: next.count)
      ])
      let best = logits.indices.max { logits[$0] < logits[$1] }
      next = [Int32(best ?? 0)]
      result += next
    }
    return result
  }

  /// What goes into the first block and what comes out of each, by the names of the recordings. [T * D] each
  func hiddenStates(_ tokens: [Int32]) throws -> [String: [Float]] {
    let sequence = KVSequence(in: try pages(tokens.count))
    var step = try architecture.step(
      [Step.Input(sequence: sequence, tokens: tokens)],
      on: backend
    )
    var states: [String: [Float]] = [:]
    step.observer = { place, x in
      switch place {
      case .embedding: states["hidden.embed"] = x.elements()
      case .block(let index): states["hidden.layer\(index)"] = x.elements()
      }
    }
    _ = architecture.logits(step, on: backend)
    return states
  }
}

/// The largest distance between two lists of numbers of one length.
func largestDifference(_ a: [Float], _ b: [Float]) -> Float {
  guard a.count == b.count else { return .infinity }
  return zip(a, b).reduce(0) { largest, pair in
    let difference = abs(pair.0 - pair.1)
    // Not a number is as far as can be.
    return difference <= largest ? largest : (difference > largest ? difference : .infinity)
  }
}

/// The mean of the distances between two lists of numbers.
func meanDifference(_ a: [Float], _ b: [Float]) -> Double {
  let sum = zip(a, b).reduce(0.0) { $0 + abs(Double($1.0) - Double($1.1)) }
  return sum / Double(max(a.count, 1))
}

/// The root mean square of the distances between two lists of numbers.
func rootMeanSquare(_ a: [Float], _ b: [Float]) -> Double {
  let sum = zip(a, b).reduce(0.0) { sum, pair in
    let difference = Double(pair.0) - Double(pair.1)
    return sum + difference * difference
  }
  return (sum / Double(max(a.count, 1))).squareRoot()
}
