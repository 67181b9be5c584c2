// Owns: guessing from the text itself. Does not own: finding places in it (NgramIndex).

import ChaskiSampling

/// Guesses that the text goes on as it did when its last tokens came before.
///
/// Short matches are right less often than long ones, so each length of match learns how far to guess by
/// itself. A guess that is not worth a row is still compared with what comes, which costs nothing.
struct TextDrafter: Drafter {
  private struct Guess {
    let matchLength: Int
    let next: Int32
    var draft: [Int32] = []
  }

  private var index: NgramIndex
  private var lengths: [DraftLength]
  private var guess: Guess?

  /// A drafter of at most `maximumLength` tokens after matches of `matchLengths` tokens.
  init(maximumLength: Int, matchLengths: ClosedRange<Int>) {
    index = NgramIndex(lengths: matchLengths)
    lengths = Array(
      repeating: DraftLength(maximum: maximumLength),
      count: matchLengths.upperBound + 1
    )
  }

  mutating func begin(_ prompt: [Int32]) {
    guess = nil
    lengths = lengths.map { DraftLength(maximum: $0.maximum) }
    index.removeAll()
    for token in prompt { index.append(token) }
  }

  mutating func take(_ chosen: [Int32]) {
    if let guess {
      if guess.draft.isEmpty {
        if guess.next == chosen.first { lengths[guess.matchLength].resume() }
      } else {
        lengths[guess.matchLength].observe(
          draftedCount: guess.draft.count,
          acceptedCount: acceptedCount(of: guess.draft, in: chosen)
        )
      }
    }
    guess = nil
    for token in chosen { index.append(token) }
  }

  mutating func propose(atMost limit: Int, sampler: Sampler) -> [Int32] {
    guard let match = index.match else { return [] }
    let count = min(lengths[match.length].current, limit)
    let draft = index.continuation(max(count, 1))
    guess = Guess(
      matchLength: match.length,
      next: draft[0],
      draft: count > 0 ? draft : []
    )
    return count > 0 ? draft : []
  }
}
