// Owns: dictionaries in the order of insertion, and views of them.

/// A dictionary that keeps the order in which its keys came.
final class DictionaryValue {
  let keys: [Value]
  let values: [Value]
  let depth: Int
  let weight: Int
  private let places: [DictionaryKey: Int]

  /// Collects entries; a later value replaces an earlier one at the earlier one's place.
  struct Builder {
    private(set) var keys: [Value] = []
    private(set) var values: [Value] = []
    private(set) var places: [DictionaryKey: Int] = [:]

    mutating func set(_ key: DictionaryKey, _ keyValue: Value, _ value: Value) {
      if let place = places[key] {
        values[place] = value
      } else {
        places[key] = keys.count
        keys.append(keyValue)
        values.append(value)
      }
    }
  }

  init(_ builder: Builder) {
    keys = builder.keys
    values = builder.values
    places = builder.places
    var depth = 0
    var weight = 1
    for item in builder.keys + builder.values {
      depth = max(depth, item.depth)
      let (sum, overflow) = weight.addingReportingOverflow(item.weight)
      weight = overflow ? .max : sum
    }
    self.depth = depth + 1
    self.weight = weight
  }

  var count: Int { keys.count }

  subscript(key: DictionaryKey) -> Value? { places[key].map { values[$0] } }

  subscript(name: Text) -> Value? { self[.string(name)] }
}

/// What `keys()`, `values()` and `items()` of a dictionary give.
struct DictionaryView {
  /// The part of each entry that the view shows.
  enum Part: String {
    case keys, values, items
  }

  let dictionary: DictionaryValue
  let part: Part

  var items: [Value] {
    switch part {
    case .keys: return dictionary.keys
    case .values: return dictionary.values
    case .items:
      var pairs: [Value] = []
      pairs.reserveCapacity(dictionary.count)
      for (key, value) in zip(dictionary.keys, dictionary.values) {
        pairs.append(.tuple(Elements([key, value])))
      }
      return pairs
    }
  }
}
