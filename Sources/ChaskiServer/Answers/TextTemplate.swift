// Owns: events that differ in one text alone, written without building them anew.

import ChaskiChat

/// What surrounds the text in an event of a stream, which is the same for every token.
struct TextTemplate: Sendable {
  // In JSON a control character is written as an escape that no other text has.
  private static let mark = "\u{1}"
  private static let writtenMark = "\"\\u0001\""
  private let before: String
  private let after: String

  /// The template of what `event` writes for a text; nil if it does not write the text once.
  init?(_ event: (_ text: String) throws -> String) rethrows {
    let parts = try event(Self.mark).split(
      separator: Self.writtenMark,
      omittingEmptySubsequences: false
    )
    guard parts.count == 2 else { return nil }
    before = String(parts[0])
    after = String(parts[1])
  }

  /// Adds the event of `piece` to `text`.
  func write(_ piece: String, to text: inout String) {
    text += before
    JSONValue.write(piece, to: &text)
    text += after
  }
}
