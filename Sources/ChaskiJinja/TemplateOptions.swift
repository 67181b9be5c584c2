// Owns: the choices of dialect. Does not own limits.

/// The dialect in which a template is read.
public struct TemplateOptions: Sendable, Hashable {
  /// Whether the newline after a block tag is dropped.
  public var trimBlocks: Bool
  /// Whether blanks before a block tag on its own line are dropped.
  public var stripBlocks: Bool
  /// Whether a newline at the end of the source is kept.
  public var keepTrailingNewline: Bool
  /// Whether the `do` statement is known; chat templates are read without it.
  public var allowsDo: Bool

  /// Makes a dialect; the defaults are those of chat templates.
  public init(
    trimBlocks: Bool = true,
    stripBlocks: Bool = true,
    keepTrailingNewline: Bool = false,
    allowsDo: Bool = false
  ) {
    self.trimBlocks = trimBlocks
    self.stripBlocks = stripBlocks
    self.keepTrailingNewline = keepTrailingNewline
    self.allowsDo = allowsDo
  }
}
