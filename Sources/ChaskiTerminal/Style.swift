// Owns: coloured and weighted text in a terminal's escape sequences.

/// How text looks on a terminal.
///
/// Source: ECMA-48, "Control Functions for Coded Character Sets", section 8.3.117 (SGR).
package struct Style: Sendable, Equatable {
  private let codes: [Int]

  /// Stronger strokes.
  package static let bold = Style(codes: [1])
  /// Fainter text.
  package static let dim = Style(codes: [2])
  /// Slanted text.
  package static let italic = Style(codes: [3])
  /// Red text, for errors.
  package static let red = Style(codes: [31])
  /// Green text, for success.
  package static let green = Style(codes: [32])
  /// Yellow text, for warnings.
  package static let yellow = Style(codes: [33])
  /// Blue text.
  package static let blue = Style(codes: [34])
  /// Cyan text.
  package static let cyan = Style(codes: [36])

  /// Both looks at once.
  package static func + (a: Style, b: Style) -> Style { Style(codes: a.codes + b.codes) }

  /// `text` in this style, or as it is where colours are not wanted.
  package func applied(to text: String, usesColor: Bool) -> String {
    usesColor && !text.isEmpty ? start + text + Style.end : text
  }

  /// The sequence that begins this style.
  package var start: String { "\u{1B}[" + codes.map(String.init).joined(separator: ";") + "m" }

  /// The sequence that ends every style.
  package static let end = "\u{1B}[0m"
}
