// Owns: how far ahead to guess, learned from how guesses did. Pure: no clock.

/// How many tokens to guess for one step.
///
/// A wrong guess costs a row of the step for nothing. The length therefore doubles when a whole draft
/// stood, falls back to what stood when a part did, and halves down to 0 when nothing did; at 0 guesses
/// are only watched (or tried anew after a while), so that text that cannot be guessed costs next to nothing.
package struct DraftLength: Equatable {
  /// The longest draft.
  package let maximum: Int
  /// The length of the next draft; 0 to guess nothing.
  package private(set) var current: Int

  /// A length that begins at 1.
  package init(maximum: Int) {
    self.maximum = maximum
    current = min(1, maximum)
  }

  /// Learns how many of `draftedCount` tokens stood.
  package mutating func observe(draftedCount: Int, acceptedCount: Int) {
    guard draftedCount > 0 else { return }
    if acceptedCount == draftedCount {
      // A draft that was cut short by the answer's end says nothing against a longer one.
      current = min(max(current, 2 * draftedCount), maximum)
    } else if acceptedCount > 0 {
      current = acceptedCount
    } else {
      current /= 2
    }
  }

  /// Guesses again, after a guess that was only watched came true or a pause is over.
  package mutating func resume() { current = max(current, min(1, maximum)) }
}
