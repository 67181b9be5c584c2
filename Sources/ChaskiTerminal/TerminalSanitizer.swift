// Owns: making control characters visible before they reach a terminal.

/// Makes control characters visible.
///
/// A model's answer, a file's metadata and a server's message come from strangers; an escape
/// sequence in them could retitle the window, hide text, or type for the user.
package enum TerminalSanitizer {
  /// `text` where only line feeds and tabs still control anything.
  ///
  /// A carriage return before a line feed is dropped, as it means nothing more. Other controls of
  /// ASCII become their pictures (`␛`), the rest, and the marks that reverse the direction of
  /// text, become their number (`<U+202E>`).
  package static func visible(_ text: String) -> String {
    guard text.unicodeScalars.contains(where: isControlling) else { return text }
    var result = String.UnicodeScalarView()
    var rest = text.unicodeScalars[...]
    while let scalar = rest.popFirst() {
      if scalar == "\r", rest.first == "\n" { continue }
      guard isControlling(scalar) else {
        result.append(scalar)
        continue
      }
      result.append(contentsOf: picture(scalar).unicodeScalars)
    }
    return String(result)
  }

  /// `text` on one line: like `visible`, with line feeds and tabs made visible too.
  package static func visibleOnOneLine(_ text: String) -> String {
    visible(text).replacing("\n", with: "␊").replacing("\t", with: "␉")
  }

  private static func isControlling(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x09, 0x0A: false
    case 0..<0x20, 0x7F...0x9F: true
    // Overrides, embeddings and isolates of the bidirectional algorithm; line separators.
    case 0x202A...0x202E, 0x2066...0x2069, 0x2028...0x2029: true
    default: false
    }
  }

  private static func picture(_ scalar: Unicode.Scalar) -> String {
    if scalar.value == 0x7F { return "␡" }
    if scalar.value < 0x20, let picture = Unicode.Scalar(0x2400 + scalar.value) {
      return String(Character(picture))
    }
    let digits = String(scalar.value, radix: 16, uppercase: true)
    return "<U+" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits + ">"
  }
}
