// Owns: calling macros, functions, loops and joiners. Does not own methods.

extension Renderer {
  func call(_ callee: Value, _ arguments: Arguments) throws(JinjaError) -> Value {
    switch callee {
    case .macro(let macro): return try invoke(macro, arguments)
    case .loop(let state): return try recurse(state, arguments)
    case .function(let function): return try call(function, arguments)
    case .method(let method): return try call(method, arguments)
    case .joiner(let joiner):
      if joiner.isUsed { return joiner.separator }
      joiner.isUsed = true
      return .string(Text())
    case .undefined(let undefined): throw undefinedError(undefined)
    default: throw typeError("'\(callee.typeName)' object is not callable")
    }
  }

  /// Calls what a `call` block names, with the block's body as `caller`.
  func call(
    _ expression: Expression,
    caller definition: MacroDefinition,
    _ scope: Scope
  ) throws(JinjaError) -> Value {
    guard case .chain(let base, let suffixes) = expression.kind,
      let last = suffixes.last, case .call(let list) = last.kind
    else { throw typeError("expected a call of a macro") }
    let rest = Array(suffixes.dropLast())
    let callee = try evaluate(
      Expression(position: expression.position, kind: .chain(base, rest)),
      scope
    )
    var arguments = try evaluate(list, scope)
    arguments.named.append(("caller", makeMacro(definition, scope)))
    position = last.position
    return try call(callee, arguments)
  }

  @inline(never)
  private func invoke(_ macro: Macro, _ arguments: Arguments) throws(JinjaError) -> Value {
    let definition = macro.definition
    let callPosition = position
    let scope = Scope(parent: macro.scope)
    try enter()
    let missing = try bind(arguments, to: definition, scope)
    for parameter in missing {
      if let defaultValue = parameter.defaultValue {
        scope.variables[parameter.name] = try evaluate(defaultValue, scope)
      } else {
        scope.variables[parameter.name] = .undefined(
          Undefined(.hint("parameter '\(parameter.name)' was not provided"))
        )
      }
    }
    let (text, _) = try capture(definition.body, scope)
    leave()
    position = callPosition
    return .string(text)
  }

  // Binds what is given and returns the parameters that are not.
  @inline(never)
  private func bind(
    _ arguments: Arguments,
    to definition: MacroDefinition,
    _ scope: Scope
  ) throws(JinjaError) -> [MacroDefinition.Parameter] {
    let name = definition.name ?? "caller"
    var missing: [MacroDefinition.Parameter] = []
    var named = arguments.named
    try charge(1 + named.count * definition.parameters.count / 8)
    let bound = min(arguments.positional.count, definition.parameters.count)
    for (index, parameter) in definition.parameters.enumerated() {
      if index < bound {
        scope.variables[parameter.name] = arguments.positional[index]
      } else if let place = named.firstIndex(where: { $0.name == parameter.name }) {
        scope.variables[parameter.name] = named.remove(at: place).value
      } else {
        missing.append(parameter)
      }
    }
    let hasCallerParameter = definition.parameters.contains { $0.name == "caller" }
    if definition.uses.caller, !hasCallerParameter {
      if let place = named.firstIndex(where: { $0.name == "caller" }) {
        scope.variables["caller"] = named.remove(at: place).value
      } else {
        scope.variables["caller"] = .undefined(Undefined(.hint("No caller defined")))
      }
    }
    if definition.uses.kwargs {
      scope.variables["kwargs"] = try dictionary(named)
    } else if let extra = named.first {
      throw typeError("macro '\(name)' takes no keyword argument '\(extra.name)'")
    }
    if definition.uses.varargs {
      let rest = Array(arguments.positional.dropFirst(bound))
      try reserve(elements: rest.count)
      scope.variables["varargs"] = try tuple(rest)
    } else if arguments.positional.count > bound {
      throw typeError(
        "macro '\(name)' takes not more than \(definition.parameters.count) argument(s)"
      )
    }
    return missing
  }

  /// A dictionary of arguments given by name.
  func dictionary(_ named: [(name: String, value: Value)]) throws(JinjaError) -> Value {
    try reserve(elements: named.count)
    var builder = DictionaryValue.Builder()
    for (name, value) in named { builder.set(.string(Text(name)), Value(name), value) }
    return try checked(.dictionary(DictionaryValue(builder)))
  }

  @inline(never)
  private func recurse(_ state: LoopState, _ arguments: Arguments) throws(JinjaError) -> Value {
    guard let recursion = state.recursion else {
      throw typeError("The loop must have the 'recursive' marker to be called recursively.")
    }
    let parameters = try bind(arguments, ["iterable"], required: 1, of: "loop")
    let items = try iterated(parameters[0] ?? .none)
    let callPosition = position
    try enter()
    let text = try capture { () throws(JinjaError) in
      _ = try run(
        recursion.loop,
        over: items,
        nesting: state.nesting + 1,
        recursion.scope
      )
    }
    leave()
    position = callPosition
    return .string(text)
  }

  @inline(never)
  private func call(
    _ function: BuiltinFunction,
    _ arguments: Arguments
  ) throws(JinjaError) -> Value {
    switch function {
    case .range: return try range(arguments)
    case .dict: return try dictionary(arguments)
    case .namespace:
      let namespace = makeNamespace()
      guard case .dictionary(let attributes) = try dictionary(arguments) else { break }
      for (key, value) in zip(attributes.keys, attributes.values) {
        namespace.set(try string(key), value)
      }
      return .namespace(namespace)
    case .cycler:
      guard !arguments.positional.isEmpty else {
        throw valueError("at least one item has to be provided")
      }
      return try checked(.cycler(Cycler(Elements(arguments.positional))))
    case .joiner:
      let parameters = try bind(arguments, ["sep"], required: 0, of: "joiner")
      return try checked(.joiner(Joiner(parameters[0] ?? Value(", "))))
    case .raiseException:
      let parameters = try bind(arguments, ["message"], required: 1, of: function.rawValue)
      throw .raised(try string(parameters[0] ?? .none).string, at: position)
    case .strftimeNow:
      let parameters = try bind(arguments, ["format"], required: 1, of: function.rawValue)
      let format = try text(parameters[0] ?? .none, of: function.rawValue)
      guard let now else { throw valueError("the template asks for the time and was given none") }
      // A conversion grows to at most 24 code points from 2.
      try reserve(text: format.count * 12)
      return Value(now.formatted(format.string))
    }
    return .none
  }

  private func range(_ arguments: Arguments) throws(JinjaError) -> Value {
    guard arguments.named.isEmpty, (1...3).contains(arguments.positional.count) else {
      throw typeError("range expected 1 to 3 arguments, got \(arguments.positional.count)")
    }
    var bounds: [Int] = []
    for value in arguments.positional { bounds.append(try integer(value)) }
    let start = bounds.count == 1 ? 0 : bounds[0]
    let stop = bounds.count == 1 ? bounds[0] : bounds[1]
    let step = bounds.count == 3 ? bounds[2] : 1
    guard step != 0 else { throw valueError("range() arg 3 must not be zero") }
    guard let range = RangeValue(start: start, stop: stop, step: step),
      range.count <= limits.rangeLength
    else { throw limit(.rangeLength, limits.rangeLength) }
    return .range(range)
  }

  // `dict(mapping or pairs, name=value...)`.
  private func dictionary(_ arguments: Arguments) throws(JinjaError) -> Value {
    guard arguments.positional.count <= 1 else {
      throw typeError("dict expected at most 1 argument, got \(arguments.positional.count)")
    }
    var builder = DictionaryValue.Builder()
    if case .dictionary(let source)? = arguments.positional.first {
      try reserve(elements: source.count)
      for (key, value) in zip(source.keys, source.values) {
        builder.set(try dictionaryKey(key), key, value)
      }
    } else if let source = arguments.positional.first {
      for pair in try iterated(source) {
        let parts = try iterated(pair)
        guard parts.count == 2 else {
          throw valueError("a pair for dict has \(parts.count) parts instead of 2")
        }
        builder.set(try dictionaryKey(parts[0]), parts[0], parts[1])
      }
    }
    try reserve(elements: arguments.named.count)
    for (name, value) in arguments.named { builder.set(.string(Text(name)), Value(name), value) }
    return try checked(.dictionary(DictionaryValue(builder)))
  }

  /// The arguments in the order of `names`, each at most once.
  func bind(
    _ arguments: Arguments,
    _ names: [String],
    required: Int,
    of callee: String
  ) throws(JinjaError) -> [Value?] {
    guard arguments.positional.count <= names.count else {
      throw typeError(
        "\(callee) takes at most \(names.count) arguments (\(arguments.positional.count) given)"
      )
    }
    var values = [Value?](repeating: nil, count: names.count)
    for (index, value) in arguments.positional.enumerated() { values[index] = value }
    for (name, value) in arguments.named {
      guard let index = names.firstIndex(of: name) else {
        throw typeError("\(callee) got an unexpected keyword argument '\(name)'")
      }
      guard values[index] == nil else {
        throw typeError("\(callee) got multiple values for argument '\(name)'")
      }
      values[index] = value
    }
    for index in 0..<required where values[index] == nil {
      throw typeError("\(callee) is missing the argument '\(names[index])'")
    }
    return values
  }
}
