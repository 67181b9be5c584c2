// Owns: the text a template rendered to, and where each part of it came from.

/// A rendered template.
public struct Rendering: Sendable, Equatable {
  /// The text.
  public let text: String
  /// The text cut where its origin changes, in order and without gaps.
  ///
  /// Origin follows each code point through concatenation, slicing, stripping, replacing,
  /// splitting, changes of case, formatting, macros and JSON. A tokenizer that recognises control
  /// tokens only outside the input segments cannot be fooled by a message that spells one.
  public let segments: [Segment]

  /// A run of the text with one origin.
  public struct Segment: Sendable, Equatable {
    /// The run's place in the text's UTF-8.
    public let utf8Range: Range<Int>
    /// Whether it came from a `JinjaValue.input`, rather than from the template or its author.
    public let isInput: Bool
    /// Whether it stood in a `generation` block, which marks what the assistant says.
    public let isGeneration: Bool
  }

  /// The text of one segment.
  public subscript(segment: Segment) -> String {
    let utf8 = text.utf8
    let start = utf8.index(utf8.startIndex, offsetBy: segment.utf8Range.lowerBound)
    let end = utf8.index(start, offsetBy: segment.utf8Range.count)
    return String(text[start..<end])
  }
}
