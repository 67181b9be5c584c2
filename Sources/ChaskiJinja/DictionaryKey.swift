// Owns: which values are the same key. Source: the Python language reference, "Dictionaries":
// numbers that compare equal are one key.

/// A value as a key of a dictionary.
enum DictionaryKey: Hashable {
  case undefined
  case none
  case int(Int)
  case double(Double)
  case string(Text)
  case tuple([DictionaryKey])
  case object(ObjectIdentifier)
  case function(BuiltinFunction)

  /// The key for `value`, or nil if it cannot be one.
  init?(_ value: Value) {
    switch value {
    case .undefined: self = .undefined
    case .none: self = .none
    case .bool(let value): self = .int(value ? 1 : 0)
    case .int(let value): self = .int(value)
    case .double(let value):
      if let integer = Int(exactly: value) { self = .int(integer) } else { self = .double(value) }
    case .string(let text): self = .string(text)
    case .tuple(let elements):
      var keys: [DictionaryKey] = []
      for item in elements.items {
        guard let key = DictionaryKey(item) else { return nil }
        keys.append(key)
      }
      self = .tuple(keys)
    case .range(let range): self = .tuple([.int(range.start), .int(range.stop), .int(range.step)])
    case .generator(let object): self = .object(ObjectIdentifier(object))
    case .namespace(let object): self = .object(ObjectIdentifier(object))
    case .macro(let object): self = .object(ObjectIdentifier(object))
    case .loop(let object): self = .object(ObjectIdentifier(object))
    case .cycler(let object): self = .object(ObjectIdentifier(object))
    case .joiner(let object): self = .object(ObjectIdentifier(object))
    case .method(let object): self = .object(ObjectIdentifier(object))
    case .function(let function): self = .function(function)
    case .list, .dictionary, .view: return nil
    }
  }
}
