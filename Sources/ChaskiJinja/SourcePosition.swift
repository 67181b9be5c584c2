// Owns: a place in a template's source. Does not own the source.

/// A place in a template's source, as an editor counts it.
public struct SourcePosition: Sendable, Hashable, CustomStringConvertible {
  /// The line, from 1.
  public let line: Int
  /// The column in code points, from 1.
  public let column: Int

  /// Makes a position from a line and a column, both from 1.
  public init(line: Int, column: Int) {
    self.line = line
    self.column = column
  }

  /// The position as it stands in messages.
  public var description: String { "line \(line), column \(column)" }
}
