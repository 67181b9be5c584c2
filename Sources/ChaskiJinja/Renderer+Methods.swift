// Owns: methods of lists, tuples, dictionaries, numbers, loops and cyclers.
// Does not own methods of strings.

extension Renderer {
  @inline(never)
  func call(_ method: BoundMethod, _ arguments: Arguments) throws(JinjaError) -> Value {
    switch method.receiver {
    case .string(let text): return try call(method.name, of: text, arguments)
    case .list(let elements), .tuple(let elements):
      if method.name == "copy" { return method.receiver }
      return try call(method.name, of: elements.items, arguments)
    case .range:
      return try call(method.name, of: try iterated(method.receiver), arguments)
    case .dictionary(let dictionary):
      return try call(method.name, of: dictionary, arguments)
    case .double(let number): return .bool(number.isFinite && number.rounded() == number)
    case .int, .bool:
      return .int(Int.bitWidth - (method.receiver.asInt ?? 0).magnitude.leadingZeroBitCount)
    case .loop(let loop): return try call(method.name, of: loop, arguments)
    case .cycler(let cycler):
      if method.name == "reset" {
        cycler.offset = 0
        return .none
      }
      let item = cycler.items.items[cycler.offset]
      cycler.offset = (cycler.offset + 1) % cycler.items.items.count
      return item
    default: throw typeError("'\(method.receiver.typeName)' object is not callable")
    }
  }

  private func call(
    _ name: String,
    of items: [Value],
    _ arguments: Arguments
  ) throws(JinjaError) -> Value {
    let parameters = try bind(arguments, ["value", "start", "stop"], required: 1, of: name)
    let wanted = parameters[0] ?? .none
    if name == "count" {
      var count = 0
      for item in items where try isEqual(item, wanted) { count += 1 }
      return .int(count)
    }
    let range = try range(parameters[1], parameters[2], count: items.count)
    for index in range where try isEqual(items[index], wanted) { return .int(index) }
    throw valueError("\(try representation(wanted).string) is not in list")
  }

  /// The places from `start` to before `stop`, which may be absent or negative.
  func range(_ start: Value?, _ stop: Value?, count: Int) throws(JinjaError) -> Range<Int> {
    func place(_ value: Value?, _ absent: Int) throws(JinjaError) -> Int {
      guard let value, !value.isNone else { return absent }
      let index = try integer(value)
      return min(max(index < 0 ? index + count : index, 0), count)
    }
    let low = try place(start, 0)
    return low..<max(low, try place(stop, count))
  }

  private func call(
    _ name: String,
    of dictionary: DictionaryValue,
    _ arguments: Arguments
  ) throws(JinjaError) -> Value {
    switch name {
    case "get":
      let parameters = try bind(arguments, ["key", "default"], required: 1, of: "get")
      return dictionary[try dictionaryKey(parameters[0] ?? .none)] ?? parameters[1] ?? .none
    case "fromkeys": throw typeError("dict.fromkeys is not supported")
    default:
      _ = try bind(arguments, [], required: 0, of: name)
      if name == "copy" { return .dictionary(dictionary) }
      guard let part = DictionaryView.Part(rawValue: name) else {
        throw typeError("dict.\(name) is not supported")
      }
      return .view(DictionaryView(dictionary: dictionary, part: part))
    }
  }

  private func call(
    _ name: String,
    of loop: LoopState,
    _ arguments: Arguments
  ) throws(JinjaError) -> Value {
    if name == "cycle" {
      guard !arguments.positional.isEmpty else { throw typeError("no items for cycling given") }
      return arguments.positional[loop.index % arguments.positional.count]
    }
    if let last = loop.lastChanged, try areEqual(last, arguments.positional) {
      return .bool(false)
    }
    remember(arguments.positional, in: loop)
    return .bool(true)
  }
}
