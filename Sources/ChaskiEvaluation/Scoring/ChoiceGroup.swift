// Owns: scoring several continuations that begin alike, with the beginning read once.

import ChaskiGeneration
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
/// Each is scored as a text of its own that is read at once: those whose lengths ask for other rotary angles
/// share nothing.
///
/// Used by one task.
final class ChoiceGroup {
  private let model: LanguageModel
  private let continuations: [Continuation]
  private var scores: [ContinuationScore]
  private var openCount: Int
  private let whenScored: ([ContinuationScore]) throws -> Void

  /// A group that tells `whenScored` the score of each of `continuations`, of which there is at least one.
  init(
    _ continuations: [Continuation],
    model: LanguageModel,
    whenScored: @escaping ([ContinuationScore]) throws -> Void
  ) {
    precondition(!continuations.isEmpty, "a group of nothing")
    self.model = model
    self.continuations = continuations
    self.whenScored = whenScored
    openCount = continuations.count
    scores = Array(repeating: ContinuationScore(), count: continuations.count)
  }

  /// What to read first, beginning from what `root` has.
  func lines(from root: SharedBeginning) throws -> [Line] {
    let parts = Dictionary(grouping: continuations.indices) {
      model.regime(textLength: continuations[$0].readCount)
    }
    return try parts.sorted { $0.key < $1.key }.flatMap { regime, members in
      try lines(of: members, from: root, regime: regime)
    }
  }

  /// What to read first of `members`, which are all of one regime.
  private func lines(
    of members: [Int],
    from root: SharedBeginning,
    regime: Int
  ) throws -> [Line] {
    let beginning = sharedBeginning(of: members)
    let shared = beginning.count
    let firstQuestion = members.map { continuations[$0].contextCount - 1 }.min() ?? 0
    let first = min(firstQuestion, shared)
    let sequence = root.fork(for: beginning.prefix(first), regime: regime)
    guard shared > sequence.length else { return try branches(of: members, from: sequence) }
    let rows = first..<shared
    let asked = rows.map { row in
      members.filter { continuations[$0].contextCount - 1 <= row }
    }
    return [
      Line(
        sequence: sequence,
        tokens: Array(beginning[sequence.length...]),
        textLength: textLength(of: members),
        questions: zip(rows, asked).map { row, who in
          who.map { continuations[$0].tokens[row + 1] }
        }
      ) { readings in
        for (reading, who) in zip(readings, asked) {
          for (place, index) in who.enumerated() { self.add(reading, place, to: index) }
        }
        return try self.branches(of: members, from: sequence)
      }
    ]
  }

  /// The tokens that all of `members` begin with, of those that are read.
  private func sharedBeginning(of members: [Int]) -> ArraySlice<Int32> {
    guard let first = members.first.map({ continuations[$0] }) else { return [] }
    return members.reduce(first.tokens.prefix(first.readCount)) { shared, index in
      shared.prefix(commonPrefixCount(shared, continuations[index].tokens.dropLast()))
    }
  }

  /// A length that the texts of `members` could have all alike: within a regime it makes no difference.
  private func textLength(of members: [Int]) -> Int {
    members.map { continuations[$0].readCount }.max() ?? 0
  }

  private func branches(of members: [Int], from sequence: KVSequence) throws -> [Line] {
    let start = sequence.length
    let open = members.filter { continuations[$0].readCount > start }
    try finish(members.count - open.count)
    return open.map { index in
      let continuation = continuations[index]
      let questions = max(start, continuation.contextCount - 1) + 1..<continuation.tokens.count
      return Line(
        // The last one may have the timeline itself: a fork copies its last page.
        sequence: index == open.last ? sequence : sequence.fork(),
        tokens: Array(continuation.tokens[start..<continuation.readCount]),
        textLength: textLength(of: members),
        questions: questions.map { [continuation.tokens[$0]] }
      ) { readings in
        for reading in readings { self.add(reading, 0, to: index) }
        try self.finish(1)
        return []
      }
    }
  }

  /// Notes that `count` continuations more are scored.
  private func finish(_ count: Int) throws {
    openCount -= count
    if count > 0, openCount == 0 { try whenScored(scores) }
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
