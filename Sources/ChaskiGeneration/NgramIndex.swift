// Owns: finding where the last tokens of a text came before.

/// A text and an index of where its n-grams stood last.
///
/// Adding a token costs the same however long the text is: one look-up for each length of n-gram. Source:
/// Saxena, "Prompt Lookup Decoding", 2023, https://github.com/apoorvumang/prompt-lookup-decoding.
package struct NgramIndex {
  /// The text's earlier place that is like its end.
  package struct Match: Equatable {
    /// How many tokens agree.
    package let length: Int
    /// Where the earlier n-gram ended: the position of the token that followed it.
    package let next: Int

    /// A match of `length` tokens, which `next` followed.
    package init(length: Int, next: Int) {
      (self.length, self.next) = (length, next)
    }
  }

  /// The text.
  package private(set) var tokens: [Int32] = []
  /// The longest n-gram at the text's end that was there before.
  package private(set) var match: Match?
  private let lengths: ClosedRange<Int>
  /// Where the latest n-gram of a key ended.
  private var ends: [UInt64: Int] = [:]

  /// An empty text, whose n-grams of `lengths` are indexed.
  package init(lengths: ClosedRange<Int>) {
    self.lengths = lengths
  }

  /// Goes back to an empty text.
  package mutating func removeAll() {
    tokens.removeAll(keepingCapacity: true)
    ends.removeAll(keepingCapacity: true)
    match = nil
  }

  /// Adds a token and finds the longest match that ends with it.
  package mutating func append(_ token: Int32) {
    tokens.append(token)
    match = nil
    var key: UInt64 = 0
    for length in 1...min(lengths.upperBound, tokens.count) {
      key = Self.mix(key, tokens[tokens.count - length])
      guard length >= lengths.lowerBound else { continue }
      if let end = ends.updateValue(tokens.count, forKey: key), agrees(at: end, length) {
        match = Match(length: length, next: end)
      }
    }
  }

  /// The `count` tokens that come next if the text goes on as it did after the match.
  ///
  /// Where the match overlaps the end, the copy goes on with itself, as a period does.
  package func continuation(_ count: Int) -> [Int32] {
    guard let match else { return [] }
    var result: [Int32] = []
    for position in match.next..<match.next + count {
      result.append(position < tokens.count ? tokens[position] : result[position - tokens.count])
    }
    return result
  }

  /// Two n-grams may share a key; their tokens decide.
  private func agrees(at end: Int, _ length: Int) -> Bool {
    end >= length
      && tokens[end - length..<end].elementsEqual(tokens[(tokens.count - length)...])
  }

  private static func mix(_ key: UInt64, _ token: Int32) -> UInt64 {
    // SplitMix64's finaliser: n-grams of one length and of different lengths spread alike.
    var x = key &+ UInt64(UInt32(bitPattern: token)) &+ 0x9E37_79B9_7F4A_7C15
    x = (x ^ (x >> 30)) &* 0xBF58_476D_1CE4_E5B9
    x = (x ^ (x >> 27)) &* 0x94D0_49BB_1331_11EB
    return x ^ (x >> 31)
  }
}
