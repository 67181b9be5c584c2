// Owns: what statements do.

extension Renderer {
  /// How a run of statements ended.
  enum Flow {
    case normal, breakLoop, continueLoop
  }

  func execute(_ statements: [Statement], _ scope: Scope) throws(JinjaError) -> Flow {
    for statement in statements {
      try charge()
      switch statement.kind {
      case .text(let text): try write(text)
      case .output(let expression):
        try write(try string(try evaluate(expression, scope)))
      case .breakLoop: return .breakLoop
      case .continueLoop: return .continueLoop
      default:
        position = statement.position
        try enter()
        let flow = try executeCompound(statement, scope)
        leave()
        if flow != .normal { return flow }
      }
    }
    return .normal
  }

  private func executeCompound(
    _ statement: Statement,
    _ scope: Scope
  ) throws(JinjaError) -> Flow {
    switch statement.kind {
    case .text, .output, .breakLoop, .continueLoop: break
    case .conditional(let branches, let otherwise):
      return try execute(branches, otherwise: otherwise, scope)
    case .loop(let loop):
      let items = try iterated(try evaluate(loop.iterable, scope))
      return try run(loop, over: items, nesting: 0, scope)
    case .assignment(let target, let expression):
      try assign(try evaluate(expression, scope), to: target, scope)
    case .capture(let target, let filters, let body):
      return try capture(body, into: target, filters, scope)
    case .macro(let definition):
      if let name = definition.name { scope.variables[name] = makeMacro(definition, scope) }
    case .call(let expression, let definition):
      try write(try string(try call(expression, caller: definition, scope)))
    case .filter(let filters, let body):
      let (text, flow) = try capture(body, Scope(parent: scope))
      if flow != .normal { return flow }
      try write(try string(try apply(filters, to: .string(text), scope)))
    case .with(let bindings, let body): return try execute(body, binding: bindings, scope)
    case .scope(let body): return try execute(body, Scope(parent: scope))
    case .generation(let body):
      let (text, _) = try capture(body, Scope(parent: scope))
      try write(text.marked(Text.generationMark))
    case .block(let body): _ = try execute(body, Scope(parent: root))
    case .evaluation(let expression): _ = try evaluate(expression, scope)
    }
    return .normal
  }

  @inline(never)
  private func execute(
    _ branches: [Statement.Branch],
    otherwise: [Statement],
    _ scope: Scope
  ) throws(JinjaError) -> Flow {
    for branch in branches where try isTrue(try evaluate(branch.condition, scope)) {
      return try execute(branch.body, scope)
    }
    return try execute(otherwise, scope)
  }

  @inline(never)
  private func execute(
    _ body: [Statement],
    binding bindings: [Statement.Binding],
    _ scope: Scope
  ) throws(JinjaError) -> Flow {
    let inner = Scope(parent: scope)
    for binding in bindings {
      // Values see the scope around the block, not the names bound before them.
      try assign(try evaluate(binding.value, scope), to: binding.target, inner)
    }
    return try execute(body, inner)
  }

  @inline(never)
  private func capture(
    _ body: [Statement],
    into target: Statement.Target,
    _ filters: [Expression.FilterCall],
    _ scope: Scope
  ) throws(JinjaError) -> Flow {
    let (text, flow) = try capture(body, Scope(parent: scope))
    if flow != .normal { return flow }
    try assign(try apply(filters, to: .string(text), scope), to: target, scope)
    return .normal
  }

  func apply(
    _ filters: [Expression.FilterCall],
    to value: Value,
    _ scope: Scope
  ) throws(JinjaError) -> Value {
    var result = value
    for filter in filters {
      let arguments = try evaluate(filter.arguments, scope)
      position = filter.position
      result = try applyFilter(named: filter.name, to: result, arguments)
    }
    return result
  }

  // A recursive loop runs itself again below, so the depth is counted here too.
  func run(
    _ loop: Statement.Loop,
    over items: [Value],
    nesting: Int,
    _ scope: Scope
  ) throws(JinjaError) -> Flow {
    let kept = try filtered(items, by: loop, scope)
    guard !kept.isEmpty else { return try execute(loop.otherwise, Scope(parent: scope)) }
    if loop.isRecursive { retain(scope) }
    let state = LoopState(
      items: kept,
      nesting: nesting,
      recursion: loop.isRecursive ? (loop, scope) : nil
    )
    _ = try checked(.loop(state))
    for (index, item) in kept.enumerated() {
      try charge()
      state.index = index
      let inner = Scope(parent: scope, variables: ["loop": .loop(state)])
      try assign(item, to: loop.target, inner)
      if try execute(loop.body, inner) == .breakLoop { break }
    }
    return .normal
  }

  @inline(never)
  private func filtered(
    _ items: [Value],
    by loop: Statement.Loop,
    _ scope: Scope
  ) throws(JinjaError) -> [Value] {
    guard let condition = loop.condition else { return items }
    var kept: [Value] = []
    for item in items {
      try charge()
      let inner = Scope(parent: scope)
      try assign(item, to: loop.target, inner)
      if try isTrue(try evaluate(condition, inner)) { kept.append(item) }
    }
    return kept
  }

  func assign(
    _ value: Value,
    to target: Statement.Target,
    _ scope: Scope
  ) throws(JinjaError) {
    switch target {
    case .name(let name): scope.variables[name] = value
    case .attribute(let object, let name):
      guard case .namespace(let namespace) = scope.lookUp(object) else {
        throw typeError("cannot assign attribute on non-namespace object")
      }
      try reserve(elements: 1)
      namespace.set(Text(name), value)
    case .tuple(let targets):
      let items = try iterated(value)
      guard items.count >= targets.count else {
        throw valueError(
          "not enough values to unpack (expected \(targets.count), got \(items.count))"
        )
      }
      guard items.count == targets.count else {
        throw valueError("too many values to unpack (expected \(targets.count))")
      }
      for (target, item) in zip(targets, items) { try assign(item, to: target, scope) }
    }
  }
}
