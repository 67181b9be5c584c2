// Owns: the state of one render: its budget, its output, what must be taken apart at its end.
// Does not own the meaning of statements, expressions and functions, which are in extensions.

/// Renders a template once.
///
/// Every step of work and every allocation is counted before it is done, so a render ends in time
/// and memory proportional to `JinjaLimits`. Errors take their place from `position`, which the
/// evaluation keeps at the construct at work.
final class Renderer {
  let limits: JinjaLimits
  let now: CivilTime?
  var position = SourcePosition(line: 1, column: 1)
  /// The text rendered so far, of the template or of the block being captured.
  var output = Text()
  /// The outermost scope, which `block` sees.
  let root = Scope(parent: nil)

  private var steps = 0
  private var allocatedBytes = 0
  private var outputBytes = 0
  private var evaluationDepth = 0
  private var captureDepth = 0
  private var namespaces: [Namespace] = []
  private var capturedScopes: [Scope] = []
  private var changedLoops: [LoopState] = []

  init(limits: JinjaLimits, now: CivilTime?) {
    self.limits = limits
    self.now = now
  }

  /// Renders `body` with `variables` in scope.
  func render(
    _ body: [Statement],
    variables: [String: JinjaValue]
  ) throws(JinjaError) -> Rendering {
    for (name, value) in variables { root.variables[name] = try convert(value, depth: 0) }
    _ = try execute(body, root)
    return finishedRendering()
  }

  /// Takes apart what may refer to itself.
  ///
  /// A namespace may hold itself, and a macro or a recursive loop the scope that holds it.
  /// Emptying all of them frees them, and keeps the chains they may form from being freed
  /// recursively.
  func release() {
    root.variables = [:]
    for namespace in namespaces { namespace.attributes = [:] }
    for scope in capturedScopes { scope.variables = [:] }
    for loop in changedLoops { loop.lastChanged = nil }
  }

  func makeNamespace() -> Namespace {
    let namespace = Namespace()
    namespaces.append(namespace)
    return namespace
  }

  /// Notes a scope that a value has come to hold.
  func retain(_ scope: Scope) { capturedScopes.append(scope) }

  /// Notes what `loop.changed` was last called with.
  func remember(_ values: [Value], in loop: LoopState) {
    if loop.lastChanged == nil { changedLoops.append(loop) }
    loop.lastChanged = values
  }

  func makeMacro(_ definition: MacroDefinition, _ scope: Scope) -> Value {
    retain(scope)
    return .macro(Macro(definition: definition, scope: scope))
  }

  // The values passed in are the caller's own, so only their depth is bounded here.
  private func convert(_ value: JinjaValue, depth: Int) throws(JinjaError) -> Value {
    guard depth <= limits.valueDepth else { throw limit(.valueDepth, limits.valueDepth) }
    switch value {
    case .none: return .none
    case .bool(let value): return .bool(value)
    case .int(let value): return .int(value)
    case .double(let value): return .double(value)
    case .string(let string): return .string(Text(string))
    case .input(let string): return .string(Text(string, marks: Text.inputMark))
    case .list(let items):
      var values: [Value] = []
      values.reserveCapacity(items.count)
      for item in items { values.append(try convert(item, depth: depth + 1)) }
      return .list(Elements(values))
    case .dictionary(let entries):
      var builder = DictionaryValue.Builder()
      for entry in entries {
        let key = Text(entry.key, marks: entry.isInputKey ? Text.inputMark : 0)
        builder.set(.string(key), .string(key), try convert(entry.value, depth: depth + 1))
      }
      return .dictionary(DictionaryValue(builder))
    }
  }

  private func finishedRendering() -> Rendering {
    var text = ""
    text.reserveCapacity(outputBytes)
    var segments: [Rendering.Segment] = []
    var start = 0
    var byteCount = 0
    var marks: UInt32?
    func close() {
      guard let marks, byteCount > start else { return }
      segments.append(
        Rendering.Segment(
          utf8Range: start..<byteCount,
          isInput: marks & Text.inputMark != 0,
          isGeneration: marks & Text.generationMark != 0
        )
      )
      start = byteCount
    }
    for unit in output.units {
      if unit & ~Text.scalarMask != marks {
        close()
        marks = unit & ~Text.scalarMask
      }
      let scalar = Text.unicodeScalar(unit)
      text.unicodeScalars.append(scalar)
      byteCount += UTF8.width(scalar)
    }
    close()
    return Rendering(text: text, segments: segments)
  }
}

extension Renderer {
  func limit(_ bound: JinjaLimits.Bound, _ allowed: Int) -> JinjaError {
    .limit(bound, allowed: allowed, at: position)
  }

  func typeError(_ message: String) -> JinjaError { .type(message, at: position) }

  func valueError(_ message: String) -> JinjaError { .value(message, at: position) }

  func arithmeticError(_ message: String) -> JinjaError { .arithmetic(message, at: position) }

  /// Counts `count` steps of work that are about to be done.
  func charge(_ count: Int = 1) throws(JinjaError) {
    let (sum, overflow) = steps.addingReportingOverflow(count)
    steps = overflow ? .max : sum
    if steps > limits.steps { throw limit(.steps, limits.steps) }
  }

  private func allocate(_ count: Int, stride: Int) throws(JinjaError) {
    let (bytes, overflow) = count.multipliedReportingOverflow(by: stride)
    let (sum, sumOverflow) = allocatedBytes.addingReportingOverflow(bytes)
    allocatedBytes = overflow || sumOverflow ? .max : sum
    if allocatedBytes > limits.allocatedBytes {
      throw limit(.allocatedBytes, limits.allocatedBytes)
    }
  }

  /// Counts a string of `count` code points that is about to be made, or a walk over one.
  func reserve(text count: Int?) throws(JinjaError) {
    guard let count, count <= limits.stringLength else {
      throw limit(.stringLength, limits.stringLength)
    }
    try charge(1 + count / 32)
    try allocate(count + 8, stride: 4)
  }

  /// Counts looking up Unicode properties of `count` code points, which is slow.
  func charge(lookups count: Int) throws(JinjaError) { try charge(1 + count / 4) }

  /// Appends to a string being made, counting the part.
  func append(_ part: Text, to text: inout Text) throws(JinjaError) {
    try reserve(text: part.count)
    guard text.count + part.count <= limits.stringLength else {
      throw limit(.stringLength, limits.stringLength)
    }
    text.append(part)
  }

  /// Counts a collection of `count` elements that is about to be made.
  func reserve(elements count: Int?) throws(JinjaError) {
    guard let count, count <= limits.elementCount else {
      throw limit(.elementCount, limits.elementCount)
    }
    try charge(1 + count)
    try allocate(count + 2, stride: 48)
  }

  /// Counts entering a construct that may contain itself; each call is paired with `leave`.
  func enter() throws(JinjaError) {
    evaluationDepth += 1
    if evaluationDepth > limits.evaluationDepth {
      throw limit(.evaluationDepth, limits.evaluationDepth)
    }
  }

  func leave() { evaluationDepth -= 1 }

  /// Appends to the output of the template or of the block being captured.
  func write(_ text: Text) throws(JinjaError) {
    try reserve(text: text.count)
    if captureDepth == 0 {
      for unit in text.units { outputBytes += UTF8.width(Text.unicodeScalar(unit)) }
      if outputBytes > limits.outputBytes { throw limit(.outputBytes, limits.outputBytes) }
    } else if output.count + text.count > limits.stringLength {
      throw limit(.stringLength, limits.stringLength)
    }
    output.append(text)
  }

  /// What `body` writes, instead of writing it.
  func capture(_ body: [Statement], _ scope: Scope) throws(JinjaError) -> (Text, Flow) {
    var flow = Flow.normal
    let text = try capture { () throws(JinjaError) in flow = try execute(body, scope) }
    return (text, flow)
  }

  /// What `work` writes, instead of writing it.
  func capture(_ work: () throws(JinjaError) -> Void) throws(JinjaError) -> Text {
    let outer = output
    output = Text()
    captureDepth += 1
    try work()
    captureDepth -= 1
    let captured = output
    output = outer
    return captured
  }

  /// A list of `items`, which have been reserved.
  func list(_ items: [Value]) throws(JinjaError) -> Value {
    try checked(.list(Elements(items)))
  }

  func tuple(_ items: [Value]) throws(JinjaError) -> Value {
    try checked(.tuple(Elements(items)))
  }

  func generator(_ items: [Value]) throws(JinjaError) -> Value {
    try checked(.generator(Generator(items)))
  }

  /// The value, if it does not nest too deeply.
  func checked(_ value: Value) throws(JinjaError) -> Value {
    guard value.depth <= limits.valueDepth else { throw limit(.valueDepth, limits.valueDepth) }
    return value
  }
}
