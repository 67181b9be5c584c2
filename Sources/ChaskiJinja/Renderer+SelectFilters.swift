// Owns: the filters that select, map and group by attributes, tests and filters.

extension Renderer {
  /// An attribute's path: names and indices with dots between them; empty for the item itself.
  func attributePath(_ attribute: Value?) throws(JinjaError) -> [Value] {
    guard let attribute, !attribute.isNone else { return [] }
    guard case .string(let names) = attribute else { return [attribute] }
    try charge(1 + names.count)
    var path: [Value] = []
    for name in names.split(Text("."), limit: .max) {
      if name.all(CodePoint.isDigit), let index = Int(name.string) {
        path.append(.int(index))
      } else {
        path.append(.string(name))
      }
    }
    return path
  }

  /// The value at the end of `path`; `fallback` stands for undefined values on the way.
  func follow(
    _ path: [Value],
    from value: Value,
    fallback: Value = .none
  ) throws(JinjaError) -> Value {
    var value = value
    for part in path {
      try charge()
      value = try item(part, of: value)
      if value.isUndefined, !fallback.isNone { value = fallback }
    }
    return value
  }

  func ignoringCase(_ value: Value) throws(JinjaError) -> Value {
    guard case .string(let text) = value else { return value }
    try reserve(text: text.count)
    try charge(lookups: text.count)
    return .string(text.lowercased)
  }

  /// What items are compared by.
  func sortKeys(
    _ items: [Value],
    attribute: Value?,
    caseSensitive: Value?,
    fallback: Value = .none
  ) throws(JinjaError) -> [Value] {
    let path = try attributePath(attribute)
    let ignoresCase = !(try isTrue(caseSensitive ?? .none))
    try reserve(elements: items.count)
    var keys: [Value] = []
    keys.reserveCapacity(items.count)
    for item in items {
      let key = try follow(path, from: item, fallback: fallback)
      keys.append(ignoresCase ? try ignoringCase(key) : key)
    }
    return keys
  }

  /// The filter `attr`: an attribute, never an item.
  func ownAttributeFilter(_ value: Value, _ arguments: Arguments) throws(JinjaError) -> Value {
    let parameters = try bind(arguments, ["name"], required: 1, of: "attr")
    let name = try name(parameters[0] ?? .none, of: "attr")
    if case .dictionary = value, !Methods.exist(value, name), !Methods.mutate(value, name) {
      return .undefined(Undefined(.attribute(name, of: value.objectDescription)))
    }
    return try attribute(name, of: value)
  }

  func mapped(_ value: Value, _ arguments: Arguments) throws(JinjaError) -> Value {
    guard try isTrue(value) else { return try generator([]) }
    let items = try iterated(value)
    try reserve(elements: items.count)
    var results: [Value] = []
    results.reserveCapacity(items.count)
    if arguments.positional.isEmpty, arguments.named.contains(where: { $0.name == "attribute" }) {
      let parameters = try bind(arguments, ["attribute", "default"], required: 1, of: "map")
      let path = try attributePath(parameters[0])
      for item in items {
        results.append(try follow(path, from: item, fallback: parameters[1] ?? .none))
      }
      return try generator(results)
    }
    guard let first = arguments.positional.first else {
      throw typeError("map requires a filter argument")
    }
    let name = try name(first, of: "map")
    var rest = arguments
    rest.positional.removeFirst()
    for item in items { results.append(try applyFilter(named: name, to: item, rest)) }
    return try generator(results)
  }

  func selected(
    _ filter: BuiltinFilter,
    _ value: Value,
    _ arguments: Arguments
  ) throws(JinjaError) -> Value {
    guard try isTrue(value) else { return try generator([]) }
    let usesAttribute = filter == .selectattr || filter == .rejectattr
    let keeps = filter == .select || filter == .selectattr
    var rest = arguments
    var path: [Value] = []
    if usesAttribute {
      guard let attribute = rest.positional.first else {
        throw typeError("Missing parameter for attribute name")
      }
      path = try attributePath(attribute)
      rest.positional.removeFirst()
    }
    var test: String?
    if let first = rest.positional.first {
      test = try name(first, of: filter.rawValue)
      rest.positional.removeFirst()
    }
    var results: [Value] = []
    for item in try iterated(value) {
      try charge()
      let subject = try follow(path, from: item)
      let passes =
        if let test { try applyTest(named: test, to: subject, rest) } else { try isTrue(subject) }
      if passes == keeps { results.append(item) }
    }
    try reserve(elements: results.count)
    return try generator(results)
  }

  func unique(_ value: Value, _ arguments: Arguments) throws(JinjaError) -> Value {
    let parameters = try bind(
      arguments,
      ["case_sensitive", "attribute"],
      required: 0,
      of: "unique"
    )
    let items = try iterated(value)
    let keys = try sortKeys(items, attribute: parameters[1], caseSensitive: parameters[0])
    var seen: Set<DictionaryKey> = []
    var results: [Value] = []
    for (item, key) in zip(items, keys) where seen.insert(try dictionaryKey(key)).inserted {
      results.append(item)
    }
    return try generator(results)
  }

  func grouped(_ value: Value, _ arguments: Arguments) throws(JinjaError) -> Value {
    let parameters = try bind(
      arguments,
      ["attribute", "default", "case_sensitive"],
      required: 1,
      of: "groupby"
    )
    let fallback = parameters[1] ?? .none
    let items = try iterated(value)
    let keys = try sortKeys(
      items,
      attribute: parameters[0],
      caseSensitive: parameters[2],
      fallback: fallback
    )
    let ordered = try sorted(items, by: keys, reverse: false)
    let orderedKeys = try sorted(keys, by: keys, reverse: false)
    let path = try attributePath(parameters[0])
    var groups: [Value] = []
    var start = 0
    while start < ordered.count {
      var end = start + 1
      while end < ordered.count, try isEqual(orderedKeys[start], orderedKeys[end]) { end += 1 }
      // The key shown is the first item's own, in its own case.
      let key = try follow(path, from: ordered[start], fallback: fallback)
      try reserve(elements: end - start + 2)
      let members = try list(Array(ordered[start..<end]))
      groups.append(try checked(.tuple(Elements([key, members], isGroup: true))))
      start = end
    }
    return try list(groups)
  }
}
