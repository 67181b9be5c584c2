// Owns: the bounds that keep a hostile template from hanging or exhausting memory.
// Does not own the counting, which is the renderer's.

/// The bounds within which a template is compiled and rendered.
///
/// A template that passes a bound ends in `JinjaError.limit`. The defaults leave real chat
/// templates two orders of magnitude of room, and keep the stack below 512 KiB.
public struct JinjaLimits: Sendable, Hashable {
  /// One of the bounds, named in an error.
  public enum Bound: String, Sendable, Hashable {
    /// The size of the template's source in bytes.
    case templateBytes = "bytes of template source"
    /// Parentheses, brackets and blocks inside one another.
    case nestingDepth = "levels of nesting in the source"
    /// Expressions and statements inside one another while rendering, through macros and loops.
    case evaluationDepth = "levels of evaluation"
    /// The length of one name.
    case nameLength = "characters in one name"
    /// Parameters of one macro or arguments of one call by name.
    case argumentCount = "named arguments in one call"
    /// Units of work.
    case steps = "steps of work"
    /// The rendered text in bytes of UTF-8.
    case outputBytes = "bytes of output"
    /// Memory asked for over the whole render.
    case allocatedBytes = "bytes of memory"
    /// Code points in one string.
    case stringLength = "code points in one string"
    /// Elements in one list, tuple or dictionary.
    case elementCount = "elements in one collection"
    /// Elements in one `range`.
    case rangeLength = "elements in one range"
    /// Lists and dictionaries inside one another.
    case valueDepth = "levels of nested values"
    /// The width or precision of a formatted field.
    case formatWidth = "columns in a formatted field"
  }

  /// The largest source, in bytes.
  public var templateBytes = 256 << 10
  /// The deepest nesting of the source.
  public var nestingDepth = 64
  /// The deepest evaluation, counted through macros and recursive loops.
  public var evaluationDepth = 160
  /// The longest name of a variable, attribute, filter or test.
  public var nameLength = 1_000
  /// The most parameters of one macro, and the most arguments of one call by name.
  public var argumentCount = 256
  /// The most units of work: an expression is one, and so are 32 code points or one element moved.
  public var steps = 5_000_000
  /// The largest rendered text, in bytes of UTF-8.
  public var outputBytes = 16 << 20
  /// The most memory one render may ask for in total, in bytes; what lives at once is less.
  public var allocatedBytes = 256 << 20
  /// The longest string, in code points.
  public var stringLength = 8 << 20
  /// The largest list, tuple or dictionary.
  public var elementCount = 1 << 20
  /// The longest range; the reference's sandbox has the same bound.
  public var rangeLength = 100_000
  /// The deepest nesting of values.
  public var valueDepth = 100
  /// The widest formatted field and the highest precision.
  public var formatWidth = 1_000

  /// The defaults.
  public init() {}
}
