// Owns: truth, text, integers and items of values, as Python converts them.

extension Renderer {
  func undefinedError(_ undefined: Undefined) -> JinjaError {
    switch undefined.cause {
    case .forbidden(let message): return .forbidden(message, at: position)
    case .hint(let message): return .undefined(message, at: position)
    case .name(let name): return .undefined("'\(name)' is undefined", at: position)
    case .attribute(let name, let object):
      return .undefined("'\(object)' has no attribute '\(name)'", at: position)
    case .element(let index, let object):
      return .undefined("\(object) has no element \(index)", at: position)
    }
  }

  /// Python's truth of a value.
  func isTrue(_ value: Value) throws(JinjaError) -> Bool {
    switch value {
    case .undefined, .none: false
    case .bool(let value): value
    case .int(let value): value != 0
    case .double(let value): value != 0
    case .string(let text): !text.isEmpty
    case .list(let elements), .tuple(let elements): !elements.items.isEmpty
    case .dictionary(let dictionary): dictionary.count > 0
    case .view(let view): view.dictionary.count > 0
    case .range(let range): range.count > 0
    case .loop(let loop): !loop.items.isEmpty
    case .generator, .namespace, .macro, .cycler, .joiner, .function, .method: true
    }
  }

  /// The value as an integer, which booleans are too.
  func integer(_ value: Value) throws(JinjaError) -> Int {
    if let integer = value.asInt { return integer }
    if case .undefined(let undefined) = value { throw undefinedError(undefined) }
    throw typeError("'\(value.typeName)' object cannot be interpreted as an integer")
  }

  /// The string that `value` is.
  func text(_ value: Value, of callee: String) throws(JinjaError) -> Text {
    if case .string(let text) = value { return text }
    throw typeError("\(callee) expects a string, not \(value.typeName)")
  }

  /// The name that `value` is, which is not long.
  func name(_ value: Value, of callee: String) throws(JinjaError) -> String {
    let text = try text(value, of: callee)
    guard text.count <= limits.nameLength else { throw limit(.nameLength, limits.nameLength) }
    return text.string
  }

  /// The items a loop over `value` sees.
  func iterated(_ value: Value) throws(JinjaError) -> [Value] {
    switch value {
    case .list(let elements), .tuple(let elements):
      try charge(1 + elements.items.count / 8)
      return elements.items
    case .dictionary(let dictionary):
      try charge(1 + dictionary.count / 8)
      return dictionary.keys
    case .view(let view):
      try reserve(elements: view.dictionary.count)
      return view.items
    case .string(let text):
      try reserve(elements: text.count)
      var items: [Value] = []
      items.reserveCapacity(text.count)
      for unit in text.units { items.append(.string(Text(units: [unit]))) }
      return items
    case .range(let range):
      try reserve(elements: range.count)
      var items: [Value] = []
      items.reserveCapacity(range.count)
      for index in 0..<range.count { items.append(.int(range[index])) }
      return items
    case .generator(let generator):
      let items = generator.rest()
      try charge(1 + items.count / 8)
      return items
    case .undefined(let undefined):
      if case .forbidden = undefined.cause { throw undefinedError(undefined) }
      return []
    default: throw typeError("'\(value.typeName)' object is not iterable")
    }
  }

  /// The number of items, as the filter `length` counts them.
  func count(_ value: Value) throws(JinjaError) -> Int {
    switch value {
    case .undefined: return 0
    case .string(let text): return text.count
    case .list(let elements), .tuple(let elements): return elements.items.count
    case .dictionary(let dictionary): return dictionary.count
    case .view(let view): return view.dictionary.count
    case .range(let range): return range.count
    case .loop(let loop): return loop.items.count
    default: throw typeError("object of type '\(value.typeName)' has no len()")
    }
  }

  /// Python's `str` of a value.
  func string(_ value: Value) throws(JinjaError) -> Text {
    switch value {
    case .string(let text): return text
    case .undefined: return Text()
    default: return try representation(value)
    }
  }

  /// Python's `repr` of a value.
  func representation(_ value: Value) throws(JinjaError) -> Text {
    var text = Text()
    try append(representationOf: value, to: &text)
    return text
  }

  private func append(
    representationOf value: Value,
    to text: inout Text
  ) throws(JinjaError) {
    try enter()
    let start = text.count
    switch value {
    case .undefined: text.append("Undefined")
    case .none: text.append("None")
    case .bool(let value): text.append(value ? "True" : "False")
    case .int(let value): text.append(String(value))
    case .double(let value): text.append(PythonNumber.representation(value))
    case .string(let string):
      try reserve(text: string.count * 2)
      text.append(string.representation)
    case .list(let elements): try append("[", elements.items, "]", to: &text)
    case .tuple(let elements):
      try append("(", elements.items, elements.items.count == 1 ? ",)" : ")", to: &text)
    case .dictionary(let dictionary):
      try append(entriesOf: dictionary.keys, dictionary.values, to: &text)
    case .view(let view): try append("dict_\(view.part.rawValue)([", view.items, "])", to: &text)
    case .range(let range):
      let step = range.step == 1 ? "" : ", \(range.step)"
      text.append("range(\(range.start), \(range.stop)\(step))")
    case .namespace(let namespace):
      text.append("<Namespace ")
      var keys: [Value] = []
      var values: [Value] = []
      for name in namespace.names {
        keys.append(.string(name))
        values.append(namespace.attributes[name.string] ?? .none)
      }
      try append(entriesOf: keys, values, to: &text)
      text.append(">")
    case .macro(let macro):
      text.append("<Macro ")
      if let name = macro.definition.name { text.append(Text(name).representation) }
      text.append(macro.definition.name == nil ? "anonymous>" : ">")
    case .loop(let loop): text.append("<LoopContext \(loop.index + 1)/\(loop.items.count)>")
    case .generator, .cycler, .joiner, .function, .method:
      text.append("<\(value.typeName) object>")
    }
    try reserve(text: text.count - start)
    guard text.count <= limits.stringLength else {
      throw limit(.stringLength, limits.stringLength)
    }
    leave()
  }

  private func append(
    _ open: String,
    _ items: [Value],
    _ close: String,
    to text: inout Text
  ) throws(JinjaError) {
    text.append(open)
    for (index, item) in items.enumerated() {
      if index > 0 { text.append(", ") }
      try append(representationOf: item, to: &text)
    }
    text.append(close)
  }

  private func append(
    entriesOf keys: [Value],
    _ values: [Value],
    to text: inout Text
  ) throws(JinjaError) {
    text.append("{")
    for (index, key) in keys.enumerated() {
      if index > 0 { text.append(", ") }
      try append(representationOf: key, to: &text)
      text.append(": ")
      try append(representationOf: values[index], to: &text)
    }
    text.append("}")
  }
}
