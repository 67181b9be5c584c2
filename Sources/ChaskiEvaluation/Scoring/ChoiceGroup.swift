// Owns: scoring several continuations that begin alike, with the beginning read once.

import ChaskiLayers

/// The log-likelihood of a continuation.
package struct ContinuationScore: Sendable, Equatable {
  /// The sum of the log-probabilities of its tokens.
  package var logLikelihood = 0.0
  /// Whether each of its tokens is the most probable one: what greedy generation would write.
  package var isGreedy = true
}

/// Continuations on their way through the model: first what they share, then the rest of each on a fork.
///
/// Used by one task.
final class ChoiceGroup {
  private let continuations: [Continuation]
  private var scores: [ContinuationScore]
  private var openCount = 0
  private let whenScored: ([ContinuationScore]) throws -> Void

  /// A group that tells `whenScored` the score of each of `continuations`.
  init(
    _ continuations: [Continuation],
    whenScored: @escaping ([ContinuationScore]) throws -> Void
  ) {
    self.continuations = continuations
    self.whenScored = whenScored
    scores = Array(repeating: ContinuationScore(), count: continuations.count)
  }

  /// The tokens that all continuations begin with, of those that are read.
  private var sharedCount: Int {
    guard let first = continuations.first?.tokens else { return 0 }
    return continuations.reduce(first.count - 1) { count, continuation in
      min(count, commonPrefixCount(first.prefix(count), continuation.tokens.dropLast()))
    }
  }

  /// The first row whose logits are wanted, for any of the continuations.
  private var firstQuestion: Int { continuations.map { $0.contextCount - 1 }.min() ?? 0 }

  /// What to read first, beginning from what `root` has.
  func lines(from root: SharedBeginning) throws -> [Line] {
    let shared = sharedCount
    let first = min(firstQuestion, shared)
    let sequence = root.fork(for: continuations.first?.tokens.prefix(first) ?? [])
    guard shared > sequence.length else { return try branches(from: sequence) }
    let rows = first..<shared
    let asked = rows.map { row in
      continuations.indices.filter { continuations[$0].contextCount - 1 <= row }
    }
    return [
      Line(
        sequence: sequence,
        tokens: Array((continuations.first?.tokens ?? [])[sequence.length..<shared]),
        questions: zip(rows, asked).map { row, who in
          who.map { continuations[$0].tokens[row + 1] }
        }
      ) { readings in
        for (reading, who) in zip(readings, asked) {
          for (place, index) in who.enumerated() { self.add(reading, place, to: index) }
        }
        return try self.branches(from: sequence)
      }
    ]
  }

  private func branches(from sequence: KVSequence) throws -> [Line] {
    let start = sequence.length
    let open = continuations.indices.filter { continuations[$0].tokens.count - 1 > start }
    guard !open.isEmpty else {
      try whenScored(scores)
      return []
    }
    openCount = open.count
    return open.map { index in
      let continuation = continuations[index]
      let questions = max(start, continuation.contextCount - 1) + 1..<continuation.tokens.count
      return Line(
        // The last one may have the timeline itself: a fork copies its last page.
        sequence: index == open.last ? sequence : sequence.fork(),
        tokens: Array(continuation.tokens[start..<continuation.tokens.count - 1]),
        questions: questions.map { [continuation.tokens[$0]] }
      ) { readings in
        for reading in readings { self.add(reading, 0, to: index) }
        self.openCount -= 1
        if self.openCount == 0 { try self.whenScored(self.scores) }
        return []
      }
    }
  }

  private func add(_ reading: Line.Reading, _ place: Int, to index: Int) {
    scores[index].logLikelihood += reading.logProbabilities[place]
    scores[index].isGreedy = scores[index].isGreedy && reading.areBest[place]
  }
}

/// How many elements at their beginning two collections have in common.
func commonPrefixCount(_ one: some Collection<Int32>, _ other: some Collection<Int32>) -> Int {
  zip(one, other).prefix { $0 == $1 }.count
}
