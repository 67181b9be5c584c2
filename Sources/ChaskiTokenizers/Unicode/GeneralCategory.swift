// Owns: the general category of a code point, and sets of categories. Not the tables' text.

/// Unicode's general category, as a bit of `CategorySet`.
///
/// The order is that of scripts/make-unicode-tables.
enum GeneralCategory: UInt8 {
  case unassigned, uppercaseLetter, lowercaseLetter, titlecaseLetter, modifierLetter, otherLetter
  case nonspacingMark, spacingMark, enclosingMark
  case decimalNumber, letterNumber, otherNumber
  case connectorPunctuation, dashPunctuation, openPunctuation, closePunctuation
  case initialPunctuation, finalPunctuation, otherPunctuation
  case mathSymbol, currencySymbol, modifierSymbol, otherSymbol
  case spaceSeparator, lineSeparator, paragraphSeparator
  case control, format, surrogate, privateUse
  /// A control character that is white space: U+0009...U+000D and U+0085.
  case spaceControl
}

/// A set of general categories: what `\p{...}` means in a pre-tokenizer's pattern.
struct CategorySet: OptionSet, Sendable {
  let rawValue: UInt32

  init(rawValue: UInt32) { self.rawValue = rawValue }

  init(_ categories: GeneralCategory...) {
    rawValue = categories.reduce(0) { $0 | 1 << UInt32($1.rawValue) }
  }

  /// `\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}`, what begins a word in patterns that know case.
  static let upper: CategorySet = [
    CategorySet(.uppercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter), .mark,
  ]
  /// `\p{Ll}\p{Lm}\p{Lo}\p{M}`, what goes on with a word in patterns that know case.
  static let lower: CategorySet = [
    CategorySet(.lowercaseLetter, .modifierLetter, .otherLetter), .mark,
  ]
  /// `\p{L}`.
  static let letter = CategorySet(
    .uppercaseLetter,
    .lowercaseLetter,
    .titlecaseLetter,
    .modifierLetter,
    .otherLetter
  )
  /// `\p{M}`.
  static let mark = CategorySet(.nonspacingMark, .spacingMark, .enclosingMark)
  /// `\p{N}`.
  static let number = CategorySet(.decimalNumber, .letterNumber, .otherNumber)
  /// `\p{P}`.
  static let punctuation = CategorySet(
    .connectorPunctuation,
    .dashPunctuation,
    .openPunctuation,
    .closePunctuation,
    .initialPunctuation,
    .finalPunctuation,
    .otherPunctuation
  )
  /// `\p{S}`.
  static let symbol = CategorySet(.mathSymbol, .currencySymbol, .modifierSymbol, .otherSymbol)
  /// `\s`.
  static let space = CategorySet(
    .spaceSeparator,
    .lineSeparator,
    .paragraphSeparator,
    .spaceControl
  )
  /// What BERT takes out as control characters: `\p{C}` but white space.
  static let control = CategorySet(.control, .format, .surrogate, .privateUse)
}

/// The category of every code point.
enum CategoryTable {
  /// One bit of `CategorySet`'s position per code point, 1.1 MB, unpacked at first use.
  static let positions: [UInt8] = {
    var table = [UInt8](repeating: 0, count: 0x110000)
    var reader = UnicodeData.Reader(UnicodeData.categories)
    var start = 0
    while let length = reader.next(), let position = reader.next(), start < table.count {
      let end = min(start + length, table.count)
      if position != 0 {
        for code in start..<end { table[code] = UInt8(truncatingIfNeeded: position) }
      }
      start = end
    }
    return table
  }()
}
