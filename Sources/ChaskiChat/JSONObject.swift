// Owns: a JSON object in the order of its keys.

/// Keys and values in the order in which the keys came.
package struct JSONObject: Sendable, Hashable {
  /// The keys in order.
  package private(set) var keys: [String] = []
  private var values: [String: JSONValue] = [:]

  /// An empty object.
  package init() {}

  /// How many keys there are.
  package var count: Int { keys.count }

  /// The value of a key; setting a new key puts it last, setting nil removes it.
  package subscript(key: String) -> JSONValue? {
    get { values[key] }
    set {
      guard let newValue else {
        if values.removeValue(forKey: key) != nil { keys.removeAll { $0 == key } }
        return
      }
      if values.updateValue(newValue, forKey: key) == nil { keys.append(key) }
    }
  }

  /// The entries in order.
  package var entries: [(key: String, value: JSONValue)] {
    var entries: [(key: String, value: JSONValue)] = []
    entries.reserveCapacity(keys.count)
    for key in keys { if let value = values[key] { entries.append((key, value)) } }
    return entries
  }
}

extension JSONObject: ExpressibleByDictionaryLiteral {
  /// An object in the order written.
  package init(dictionaryLiteral elements: (String, JSONValue)...) {
    for (key, value) in elements { self[key] = value }
  }
}
