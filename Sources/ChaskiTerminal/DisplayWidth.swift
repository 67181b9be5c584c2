// Owns: how many columns a character takes on a terminal.

/// Columns of text on a terminal.
///
/// Source: Unicode Standard Annex 11, "East Asian Width",
/// <https://www.unicode.org/reports/tr11/>; emoji by their default presentation or selector.
package enum DisplayWidth {
  /// The columns of a string without line breaks; a tab counts as `tabWidth`.
  package static func of(_ text: some StringProtocol) -> Int {
    var sum = 0
    for character in text { sum += of(character) }
    return sum
  }

  /// The columns of one character as the user sees it: 0, 1 or 2, or `tabWidth` for a tab.
  package static func of(_ character: Character) -> Int {
    if let ascii = character.asciiValue {
      return ascii == 9 ? tabWidth : ascii < 32 || ascii == 127 ? 0 : 1
    }
    var width = 0
    for scalar in character.unicodeScalars {
      // The emoji selector turns a narrow symbol into a picture.
      if scalar == "\u{FE0F}" { return 2 }
      width = max(width, of(scalar))
    }
    return width
  }

  /// The columns that the editor and the tables give to a tab.
  package static let tabWidth = 4

  /// Whether lines may break on both sides of a character, as between ideographs.
  static func breaksAnywhere(_ character: Character) -> Bool {
    guard let first = character.unicodeScalars.first, !character.isASCII else { return false }
    return !first.properties.isEmoji && isWide(first)
  }

  private static func of(_ scalar: Unicode.Scalar) -> Int {
    switch scalar.properties.generalCategory {
    case .nonspacingMark, .enclosingMark, .control: return 0
    case .format: return scalar == "\u{AD}" ? 1 : 0
    default: break
    }
    // Vowels and finals that complete a Hangul syllable begun by a wide consonant.
    if (0x1160...0x11FF).contains(scalar.value) { return 0 }
    return scalar.properties.isEmojiPresentation || isWide(scalar) ? 2 : 1
  }

  private static func isWide(_ scalar: Unicode.Scalar) -> Bool {
    guard scalar.value >= 0x1100 else { return false }
    return wideRanges.contains { $0.contains(scalar.value) }
  }

  private static let wideRanges: [ClosedRange<UInt32>] = [
    0x1100...0x115F, 0x2329...0x232A, 0x2E80...0x303E, 0x3041...0x4DBF, 0x4E00...0xA4CF,
    0xA960...0xA97F, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE10...0xFE19, 0xFE30...0xFE6F,
    0xFF01...0xFF60, 0xFFE0...0xFFE6, 0x16FE0...0x18CFF, 0x18D00...0x18D08, 0x1AFF0...0x1B2FF,
    0x1F200...0x1F265, 0x20000...0x3FFFD,
  ]
}
