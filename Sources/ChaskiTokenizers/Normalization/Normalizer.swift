// Owns: what is done to a text before it is cut into pieces, as a list of steps. Not the steps' tables.

/// Steps that change a text before the model sees it.
struct Normalizer: Sendable {
  /// One change of a text.
  enum Step: Sendable {
    /// Puts bytes before a text that is not empty.
    case prepend([UInt8])
    /// Puts one text in the place of another.
    case replace([UInt8], [UInt8])
    case form(NormalizationForm)
    case lowercase
    /// Takes out the characters of some categories.
    case strip(CategorySet)
    /// Takes white space off the ends.
    case trim(left: Bool, right: Bool)
    /// Drops control characters and makes white space spaces, as BERT does.
    ///
    /// U+000B, U+000C and U+0085 are control characters to BERT, and to llama.cpp white space.
    case clean(spaceControlsAreSpaces: Bool)
    /// Takes each character's first canonical part, as llama.cpp does for BERT.
    case firstPart
    /// SentencePiece's own map from text to text.
    case characterMap(CharacterMap)
    /// Drops spaces at the ends and all but one of a run.
    case mergeSpaces
    /// Makes every white space a space.
    case unifySpaces
    /// Puts a text in the place of two spaces or more.
    case replaceSpaceRuns([UInt8])
  }

  /// Where a space is put before the text, so that a first word looks like any other.
  enum SpacePrefix: Sendable {
    case never
    /// Before every stretch of text between added tokens.
    case always
    /// As `always`, unless the stretch begins with a space.
    case unlessSpace
    /// As `unlessSpace`, and only before the first stretch of a text.
    case firstUnlessSpace
    /// After control tokens and at the start, not after user-defined pieces.
    case afterControl
  }

  var steps: [Step] = []
  var spacePrefix = SpacePrefix.never
  /// Whether the prefix is put at the end instead.
  var spaceIsSuffix = false
  /// Whether U+2581 in a text counts as a space: the model's pieces spell spaces so.
  var unescapesSpaces = false

  /// Whether the text stays as it is.
  var isIdentity: Bool { steps.isEmpty && spacePrefix == .never && !unescapesSpaces }

  /// The normal form of a stretch of text, which begins the whole text if `isFirst`, and has a control token or
  /// nothing before it if `followsControl`.
  func apply(
    _ text: Span<UInt8>,
    _ start: Int,
    _ end: Int,
    isFirst: Bool,
    followsControl: Bool
  ) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(end - start + 3)
    for at in start..<end { bytes.append(text[at]) }
    for step in steps { bytes = step.apply(bytes) }
    if unescapesSpaces { bytes = Self.unescape(bytes) }
    guard !bytes.isEmpty else { return bytes }
    let wanted =
      switch spacePrefix {
      case .never: false
      case .always: true
      case .unlessSpace: bytes[0] != 0x20
      case .firstUnlessSpace: isFirst && bytes[0] != 0x20
      case .afterControl: followsControl
      }
    if wanted { bytes.insert(0x20, at: spaceIsSuffix ? bytes.count : 0) }
    return bytes
  }

  /// The form in which an added token stands in normalised text.
  func contentForm(_ content: [UInt8]) -> [UInt8] {
    var bytes = content
    for step in steps { bytes = step.apply(bytes) }
    return unescapesSpaces ? Self.unescape(bytes) : bytes
  }

  /// `bytes` with a space for every U+2581.
  static func unescape(_ bytes: [UInt8]) -> [UInt8] {
    guard bytes.contains(0xE2) else { return bytes }
    return Step.replacing([0xE2, 0x96, 0x81], with: [0x20], in: bytes)
  }
}
