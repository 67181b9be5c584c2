// Owns: SentencePiece's precompiled character map. Not the rest of its normaliser.

/// A map from short texts to texts, as SentencePiece compiles it: NFKC and the like.
///
/// Source: sentencepiece's `normalizer.cc` and the double array of Darts-clone
/// (https://github.com/s-yata/darts-clone): each 32-bit unit holds the label of the edge into it (or a value),
/// whether a value hangs below it, and where its children begin.
struct CharacterMap: Sendable {
  private let units: [UInt32]
  private let texts: [UInt8]
  /// The longest text put in place of another.
  ///
  /// Unicode's longest is 33 bytes; more would let a file swell texts.
  static let textLimit = 64

  /// A map from its compiled form: the trie's byte count, the trie, and texts that end with a zero each.
  ///
  /// - Throws: `TokenizerError.malformedCharacterMap` where the parts do not fit the bytes.
  init(_ bytes: [UInt8]) throws(TokenizerError) {
    guard bytes.count >= 4 else { throw .malformedCharacterMap(offset: bytes.count) }
    let size = Int(Self.word(bytes, 0))
    guard size > 0, size % 4 == 0, size <= bytes.count - 4 else {
      throw .malformedCharacterMap(offset: size)
    }
    units = stride(from: 4, to: 4 + size, by: 4).map { Self.word(bytes, $0) }
    texts = Array(bytes[(4 + size)...])
    guard texts.last == 0 || texts.isEmpty else {
      throw .malformedCharacterMap(offset: bytes.count)
    }
  }

  private static func word(_ bytes: [UInt8], _ at: Int) -> UInt32 {
    UInt32(bytes[at]) | UInt32(bytes[at + 1]) << 8 | UInt32(bytes[at + 2]) << 16
      | UInt32(bytes[at + 3]) << 24
  }

  /// `text` with the longest mapped text at each place replaced, and U+FFFD for stray bytes.
  func apply(_ text: [UInt8]) -> [UInt8] {
    let bytes = text.span
    var output: [UInt8] = []
    output.reserveCapacity(text.count)
    var at = 0
    while at < bytes.count {
      if let (value, length) = longest(bytes, at) {
        appendText(value, to: &output)
        at += length
        continue
      }
      let scalar = UTF8Scalar(bytes, at: at, end: bytes.count)
      if scalar.code == UTF8Scalar.invalid {
        UTF8Scalar.append(0xFFFD, to: &output)
      } else {
        for offset in 0..<scalar.count { output.append(bytes[at + offset]) }
      }
      at += scalar.count
    }
    return output
  }

  /// The value of the longest entry that begins at `start`.
  ///
  /// An entry that leads outside the trie ends there.
  private func longest(_ text: Span<UInt8>, _ start: Int) -> (value: Int, length: Int)? {
    var node = Int(offset(units[0]))
    var found: (Int, Int)?
    var at = start
    while at < text.count, text[at] != 0 {
      node ^= Int(text[at])
      guard node < units.count, units[node] & 0x8000_00FF == UInt32(text[at]) else { break }
      let unit = units[node]
      node ^= Int(offset(unit))
      at += 1
      if unit >> 8 & 1 == 1, node < units.count {
        found = (Int(units[node] & 0x7FFF_FFFF), at - start)
      }
    }
    return found
  }

  private func offset(_ unit: UInt32) -> UInt32 { (unit >> 10) << ((unit & 1 << 9) >> 6) }

  private func appendText(_ value: Int, to output: inout [UInt8]) {
    var at = value
    while at < min(texts.count, value + Self.textLimit), texts[at] != 0 {
      output.append(texts[at])
      at += 1
    }
  }
}
