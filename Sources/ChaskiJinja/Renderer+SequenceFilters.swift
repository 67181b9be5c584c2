// Owns: the filters over sequences, save those that select, map and group.

extension Renderer {
  func applySequenceFilter(
    _ filter: BuiltinFilter,
    to value: Value,
    _ arguments: Arguments
  ) throws(JinjaError) -> Value {
    switch filter {
    case .attr: return try ownAttributeFilter(value, arguments)
    case .batch: return try batched(value, arguments)
    case .count, .length:
      _ = try bind(arguments, [], required: 0, of: "length")
      return .int(try count(value))
    case .default, .d:
      let parameters = try bind(
        arguments,
        ["default_value", "boolean"],
        required: 0,
        of: "default"
      )
      let replaces = try isTrue(parameters[1] ?? .none) ? !(try isTrue(value)) : value.isUndefined
      return replaces ? parameters[0] ?? Value("") : value
    case .dictsort: return try sortedEntries(value, arguments)
    case .first:
      if case .generator(let generator) = value, let first = generator.next() { return first }
      return try iterated(value).first
        ?? .undefined(Undefined(.hint("No first item, sequence was empty.")))
    case .last: return try last(value)
    case .groupby: return try grouped(value, arguments)
    case .items: return try entries(value)
    case .join: return try joined(value, arguments)
    case .list:
      let items = try iterated(value)
      try reserve(elements: items.count)
      return try list(items)
    case .map: return try mapped(value, arguments)
    case .max, .min: return try extreme(value, arguments, isMaximum: filter == .max)
    case .reject, .rejectattr, .select, .selectattr: return try selected(filter, value, arguments)
    case .reverse: return try reversed(value)
    case .slice: return try sliced(value, arguments)
    case .sort: return try sorted(value, arguments)
    case .sum: return try summed(value, arguments)
    case .unique: return try unique(value, arguments)
    default: throw typeError("No filter named '\(filter.rawValue)'.")
    }
  }

  private func last(_ value: Value) throws(JinjaError) -> Value {
    if case .generator = value { throw typeError("'generator' object is not reversible") }
    return try iterated(value).last
      ?? .undefined(Undefined(.hint("No last item, sequence was empty.")))
  }

  private func entries(_ value: Value) throws(JinjaError) -> Value {
    if value.isUndefined { return try generator([]) }
    guard case .dictionary(let dictionary) = value else {
      throw typeError("Can only get item pairs from a mapping.")
    }
    try reserve(elements: dictionary.count * 2)
    return try generator(DictionaryView(dictionary: dictionary, part: .items).items)
  }

  private func reversed(_ value: Value) throws(JinjaError) -> Value {
    if case .string(let text) = value {
      try reserve(text: text.count)
      return .string(text.reversed)
    }
    let items = try iterated(value)
    try reserve(elements: items.count)
    let backwards = Array(items.reversed())
    if case .generator = value { return try list(backwards) }
    return try generator(backwards)
  }

  private func joined(_ value: Value, _ arguments: Arguments) throws(JinjaError) -> Value {
    let parameters = try bind(arguments, ["d", "attribute"], required: 0, of: "join")
    let separator = try string(parameters[0] ?? Value(""))
    let path = try attributePath(parameters[1])
    var result = Text()
    for (index, item) in try iterated(value).enumerated() {
      if index > 0 { try append(separator, to: &result) }
      try append(try string(try follow(path, from: item)), to: &result)
    }
    return .string(result)
  }

  private func batched(_ value: Value, _ arguments: Arguments) throws(JinjaError) -> Value {
    let parameters = try bind(arguments, ["linecount", "fill_with"], required: 1, of: "batch")
    let size = try integer(parameters[0] ?? .none)
    let items = try iterated(value)
    try reserve(elements: items.count * 2)
    var batches: [Value] = []
    var batch: [Value] = []
    for item in items {
      // A size of zero or less is never reached, except by the empty batch it then yields.
      if batch.count == size {
        batches.append(try list(batch))
        batch = []
      }
      batch.append(item)
    }
    if !batch.isEmpty {
      if let fill = parameters[1], !fill.isNone, batch.count < size {
        try reserve(elements: size)
        batch += Array(repeating: fill, count: size - batch.count)
      }
      batches.append(try list(batch))
    }
    return try generator(batches)
  }

  private func sliced(_ value: Value, _ arguments: Arguments) throws(JinjaError) -> Value {
    let parameters = try bind(arguments, ["slices", "fill_with"], required: 1, of: "slice")
    let count = try integer(parameters[0] ?? .none)
    let items = try iterated(value)
    guard count != 0 else { throw arithmeticError("integer division or modulo by zero") }
    guard count > 0 else { return try generator([]) }
    try reserve(elements: count)
    try reserve(elements: items.count)
    let size = items.count / count
    let extra = items.count % count
    var slices: [Value] = []
    var start = 0
    for index in 0..<count {
      let end = start + size + (index < extra ? 1 : 0)
      var slice = Array(items[start..<end])
      if let fill = parameters[1], !fill.isNone, index >= extra { slice.append(fill) }
      slices.append(try list(slice))
      start = end
    }
    return try generator(slices)
  }

  private func summed(_ value: Value, _ arguments: Arguments) throws(JinjaError) -> Value {
    let parameters = try bind(arguments, ["attribute", "start"], required: 0, of: "sum")
    let path = try attributePath(parameters[0])
    var sum = parameters[1] ?? .int(0)
    if case .string = sum { throw typeError("sum() can't sum strings [use ''.join(seq) instead]") }
    for item in try iterated(value) {
      sum = try calculate(.add, sum, try follow(path, from: item))
    }
    return sum
  }

  private func extreme(
    _ value: Value,
    _ arguments: Arguments,
    isMaximum: Bool
  ) throws(JinjaError) -> Value {
    let parameters = try bind(
      arguments,
      ["case_sensitive", "attribute"],
      required: 0,
      of: isMaximum ? "max" : "min"
    )
    let items = try iterated(value)
    guard var best = items.first else {
      return .undefined(Undefined(.hint("No aggregated item, sequence was empty.")))
    }
    let keys = try sortKeys(items, attribute: parameters[1], caseSensitive: parameters[0])
    var bestKey = keys[0]
    for (item, key) in zip(items, keys).dropFirst() {
      if try isMaximum ? isLess(bestKey, key) : isLess(key, bestKey) {
        best = item
        bestKey = key
      }
    }
    return best
  }

  private func sorted(_ value: Value, _ arguments: Arguments) throws(JinjaError) -> Value {
    let parameters = try bind(
      arguments,
      ["reverse", "case_sensitive", "attribute"],
      required: 0,
      of: "sort"
    )
    let items = try iterated(value)
    try reserve(elements: items.count * 2)
    // Several attributes with commas between them make a list of keys.
    var paths = [try attributePath(parameters[2])]
    if case .string(let names)? = parameters[2] {
      try charge(1 + names.count)
      paths = []
      for name in names.split(Text(","), limit: .max) {
        paths.append(try attributePath(.string(name)))
      }
    }
    let ignoresCase = !(try isTrue(parameters[1] ?? .none))
    var keys: [Value] = []
    for item in items {
      var parts: [Value] = []
      for path in paths {
        let part = try follow(path, from: item)
        parts.append(ignoresCase ? try ignoringCase(part) : part)
      }
      keys.append(try list(parts))
    }
    return try list(
      try sorted(items, by: keys, reverse: try isTrue(parameters[0] ?? .none))
    )
  }

  private func sortedEntries(_ value: Value, _ arguments: Arguments) throws(JinjaError) -> Value {
    let parameters = try bind(
      arguments,
      ["case_sensitive", "by", "reverse"],
      required: 0,
      of: "dictsort"
    )
    if case .undefined(let undefined) = value { throw undefinedError(undefined) }
    guard case .dictionary(let dictionary) = value else {
      throw typeError("dictsort expects a mapping, not \(value.typeName)")
    }
    let by = try name(parameters[1] ?? Value("key"), of: "dictsort")
    guard by == "key" || by == "value" else {
      throw valueError("You can only sort by either \"key\" or \"value\"")
    }
    try reserve(elements: dictionary.count * 2)
    let pairs = DictionaryView(dictionary: dictionary, part: .items).items
    let keys = try sortKeys(
      by == "key" ? dictionary.keys : dictionary.values,
      attribute: nil,
      caseSensitive: parameters[0]
    )
    return try list(
      try sorted(pairs, by: keys, reverse: try isTrue(parameters[2] ?? .none))
    )
  }
}
