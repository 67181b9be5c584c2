// Owns: the values that a caller passes to a template. Does not own the values that templates
// compute, which are `Value`.

/// A value passed to a template.
public enum JinjaValue: Sendable, Equatable {
  /// Python's `None`.
  case none
  /// A boolean.
  case bool(Bool)
  /// An integer.
  case int(Int)
  /// A floating-point number.
  case double(Double)
  /// A string that the caller vouches for, such as the text of a special token.
  case string(String)
  /// A string from outside, such as a message's content: rendered the same, and marked as input
  /// in `Rendering.segments`.
  case input(String)
  /// A list.
  case list([JinjaValue])
  /// A dictionary in the order given; of equal keys the last value counts.
  case dictionary([Entry])

  /// A key of a dictionary and its value.
  public struct Entry: Sendable, Equatable {
    /// The key.
    public let key: String
    /// The value.
    public let value: JinjaValue
    /// Whether the key comes from outside, as a string given by `JinjaValue.input` does.
    public let isInputKey: Bool

    /// Makes an entry.
    public init(key: String, value: JinjaValue, isInputKey: Bool = false) {
      self.key = key
      self.value = value
      self.isInputKey = isInputKey
    }
  }
}

extension JinjaValue: ExpressibleByStringLiteral, ExpressibleByBooleanLiteral,
  ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral, ExpressibleByArrayLiteral,
  ExpressibleByDictionaryLiteral
{
  /// A trusted string.
  public init(stringLiteral value: String) { self = .string(value) }
  /// A boolean.
  public init(booleanLiteral value: Bool) { self = .bool(value) }
  /// An integer.
  public init(integerLiteral value: Int) { self = .int(value) }
  /// A floating-point number.
  public init(floatLiteral value: Double) { self = .double(value) }
  /// A list.
  public init(arrayLiteral elements: JinjaValue...) { self = .list(elements) }
  /// A dictionary in the order written.
  public init(dictionaryLiteral elements: (String, JinjaValue)...) {
    var entries: [Entry] = []
    for (key, value) in elements { entries.append(Entry(key: key, value: value)) }
    self = .dictionary(entries)
  }
}
