// Owns: the beginning that all items of a task share (their examples), read once.

import ChaskiLayers

/// A timeline that items begin with.
struct SharedBeginning {
  private let sequence: KVSequence
  private let tokens: [Int32]

  /// The beginning `tokens`, which `sequence` holds.
  init(_ sequence: KVSequence, tokens: [Int32]) {
    precondition(sequence.length == tokens.count, "a beginning that was not read")
    self.sequence = sequence
    self.tokens = tokens
  }

  /// A timeline that holds this beginning if `wanted` begins with all of it, else an empty one.
  func fork(for wanted: ArraySlice<Int32>) -> KVSequence {
    wanted.starts(with: tokens) ? sequence.fork() : KVSequence(in: sequence.pool)
  }
}
