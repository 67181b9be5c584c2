// Owns: the beginning that all items of a task share (their examples), read once.

import ChaskiLayers

/// A timeline that items begin with.
struct SharedBeginning {
  private let sequence: KVSequence
  private let tokens: [Int32]
  private let regime: Int

  /// The beginning `tokens`, which `sequence` holds as part of a text of `regime`.
  init(_ sequence: KVSequence, tokens: [Int32], regime: Int) {
    precondition(sequence.length == tokens.count, "a beginning that was not read")
    self.sequence = sequence
    self.tokens = tokens
    self.regime = regime
  }

  /// A timeline that holds this beginning if `wanted` begins with all of it and is part of a text of
  /// `regime`, else an empty one.
  func fork(for wanted: ArraySlice<Int32>, regime: Int) -> KVSequence {
    regime == self.regime && wanted.starts(with: tokens)
      ? sequence.fork() : KVSequence(in: sequence.pool)
  }
}
