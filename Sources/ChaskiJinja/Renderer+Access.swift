// Owns: attributes, items and slices of values.

extension Renderer {
  /// What `value.name` is: an attribute if there is one, else an item.
  func attribute(_ name: String, of value: Value) throws(JinjaError) -> Value {
    if let found = try ownAttribute(name, of: value) { return found }
    if case .dictionary(let dictionary) = value, let found = dictionary[Text(name)] {
      return found
    }
    return .undefined(Undefined(.attribute(name, of: value.objectDescription)))
  }

  /// What `value[index]` is: an item if there is one, else an attribute.
  func item(_ index: Value, of value: Value) throws(JinjaError) -> Value {
    try charge(index.weight)
    switch value {
    case .undefined(let undefined): throw undefinedError(undefined)
    case .dictionary(let dictionary):
      if let key = DictionaryKey(index), let found = dictionary[key] { return found }
    case .list(let elements), .tuple(let elements):
      if let place = Self.place(index, in: elements.items.count) { return elements.items[place] }
    case .string(let text):
      if let place = Self.place(index, in: text.count) {
        return .string(Text(units: [text.units[place]]))
      }
    case .range(let range):
      if let place = Self.place(index, in: range.count) { return .int(range[place]) }
    default: break
    }
    if case .string(let name) = index {
      if let found = try ownAttribute(name.string, of: value) { return found }
      return .undefined(Undefined(.attribute(name.string, of: value.objectDescription)))
    }
    // Only a name is kept: an undefined value that held values could form endless chains.
    let name = index.depth == 0 ? try representation(index).string : "of type \(index.typeName)"
    return .undefined(Undefined(.element(name, of: value.objectDescription)))
  }

  private static func place(_ index: Value, in count: Int) -> Int? {
    guard let index = index.asInt else { return nil }
    let place = index < 0 ? index + count : index
    return (0..<count).contains(place) ? place : nil
  }

  // Attributes proper; dictionaries' items are not among them.
  private func ownAttribute(_ name: String, of value: Value) throws(JinjaError) -> Value? {
    if case .undefined(let undefined) = value { throw undefinedError(undefined) }
    if case .namespace(let namespace) = value { return namespace.attributes[name] }
    let isForbidden = name.hasPrefix("__") || Methods.mutate(value, name)
    if isForbidden {
      return .undefined(
        Undefined(
          .forbidden("access to attribute '\(name)' of '\(value.typeName)' object is unsafe.")
        )
      )
    }
    switch value {
    case .loop(let loop):
      if let found = try attribute(name, of: loop) { return found }
    case .macro(let macro): return try attribute(name, of: macro)
    case .cycler(let cycler) where name == "current": return cycler.items.items[cycler.offset]
    case .cycler(let cycler) where name == "pos": return .int(cycler.offset)
    case .cycler(let cycler) where name == "items": return .tuple(cycler.items)
    case .joiner(let joiner) where name == "sep": return joiner.separator
    case .joiner(let joiner) where name == "used": return .bool(joiner.isUsed)
    case .range(let range):
      switch name {
      case "start": return .int(range.start)
      case "stop": return .int(range.stop)
      case "step": return .int(range.step)
      default: break
      }
    case .tuple(let elements) where elements.isGroup && name == "grouper":
      return elements.items[0]
    case .tuple(let elements) where elements.isGroup && name == "list": return elements.items[1]
    default: break
    }
    return Methods.exist(value, name) ? .method(BoundMethod(value, name)) : nil
  }

  private func attribute(_ name: String, of loop: LoopState) throws(JinjaError) -> Value? {
    let count = loop.items.count
    switch name {
    case "index": return .int(loop.index + 1)
    case "index0": return .int(loop.index)
    case "revindex": return .int(count - loop.index)
    case "revindex0": return .int(count - loop.index - 1)
    case "first": return .bool(loop.index == 0)
    case "last": return .bool(loop.index == count - 1)
    case "length": return .int(count)
    case "depth": return .int(loop.nesting + 1)
    case "depth0": return .int(loop.nesting)
    case "previtem":
      if loop.index > 0 { return loop.items[loop.index - 1] }
      return .undefined(Undefined(.hint("there is no previous item")))
    case "nextitem":
      if loop.index + 1 < count { return loop.items[loop.index + 1] }
      return .undefined(Undefined(.hint("there is no next item")))
    default: return nil
    }
  }

  private func attribute(_ name: String, of macro: Macro) throws(JinjaError) -> Value? {
    let definition = macro.definition
    switch name {
    case "name": return definition.name.map { Value($0) } ?? Value.none
    case "catch_kwargs": return .bool(definition.uses.kwargs)
    case "catch_varargs": return .bool(definition.uses.varargs)
    case "caller": return .bool(definition.uses.caller)
    case "arguments":
      var names: [Value] = []
      for parameter in definition.parameters { names.append(Value(parameter.name)) }
      try reserve(elements: names.count)
      return try tuple(names)
    default: return nil
    }
  }

  /// What `value[start:stop:step]` is; absent bounds are none.
  func slice(_ value: Value, _ bounds: [Value]) throws(JinjaError) -> Value {
    switch value {
    case .string(let text):
      let places = try places(bounds, count: text.count)
      try reserve(text: places.count)
      if places.step == 1 {
        return .string(text.slice(places.start..<places.start + places.count))
      }
      var units: [UInt32] = []
      for index in 0..<places.count { units.append(text.units[places[index]]) }
      return .string(Text(units: units))
    case .list(let elements): return try list(try slice(elements.items, bounds))
    case .tuple(let elements): return try tuple(try slice(elements.items, bounds))
    case .range(let range):
      let places = try places(bounds, count: range.count)
      guard let part = range[places] else { throw limit(.rangeLength, limits.rangeLength) }
      return .range(part)
    case .undefined(let undefined): throw undefinedError(undefined)
    case .dictionary: throw typeError("unhashable type: 'slice'")
    default: throw typeError("'\(value.typeName)' object is not subscriptable")
    }
  }

  private func slice(_ items: [Value], _ bounds: [Value]) throws(JinjaError) -> [Value] {
    let places = try places(bounds, count: items.count)
    try reserve(elements: places.count)
    var result: [Value] = []
    result.reserveCapacity(places.count)
    for index in 0..<places.count { result.append(items[places[index]]) }
    return result
  }

  // The indices a slice selects, all of them within `0..<count`.
  private func places(_ bounds: [Value], count: Int) throws(JinjaError) -> RangeValue {
    var numbers: [Int?] = []
    for bound in bounds {
      guard !bound.isNone else {
        numbers.append(nil)
        continue
      }
      guard let number = bound.asInt else {
        throw typeError("slice indices must be integers or None or have an __index__ method")
      }
      numbers.append(number)
    }
    // A step beyond the count selects one element, whatever its size.
    let step = min(max(numbers[2] ?? 1, -count - 1), count + 1)
    guard step != 0 else { throw valueError("slice step cannot be zero") }
    let lowest = step > 0 ? 0 : -1
    let highest = step > 0 ? count : count - 1
    func clamp(_ number: Int) -> Int {
      let place = number < 0 ? number + count : number
      return min(max(place, lowest), highest)
    }
    let start = numbers[0].map(clamp) ?? (step > 0 ? lowest : highest)
    let stop = numbers[1].map(clamp) ?? (step > 0 ? highest : lowest)
    guard let places = RangeValue(start: start, stop: stop, step: step) else {
      throw valueError("slice step cannot be zero")
    }
    return places
  }
}
