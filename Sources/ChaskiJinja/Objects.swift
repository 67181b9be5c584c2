// Owns: the small values that are neither scalars nor collections.

/// A value that is not there, and how it was asked for.
final class Undefined {
  /// Why it is not there.
  enum Cause {
    case name(String)
    case attribute(String, of: String)
    case element(String, of: String)
    case hint(String)
    case forbidden(String)
  }

  let cause: Cause

  init(_ cause: Cause) { self.cause = cause }
}

/// Names bound while rendering, and the scope around them.
final class Scope {
  var variables: [String: Value]
  let parent: Scope?

  init(parent: Scope?, variables: [String: Value] = [:]) {
    self.parent = parent
    self.variables = variables
  }

  func lookUp(_ name: String) -> Value? {
    var scope: Scope? = self
    while let current = scope {
      if let value = current.variables[name] { return value }
      scope = current.parent
    }
    return nil
  }
}

/// A mutable bag of attributes.
final class Namespace {
  var attributes: [String: Value] = [:]
  /// The attributes' names in the order they came.
  var names: [Text] = []

  func set(_ name: Text, _ value: Value) {
    if attributes.updateValue(value, forKey: name.string) == nil { names.append(name) }
  }
}

/// A macro with the scope in which it was defined.
final class Macro {
  let definition: MacroDefinition
  let scope: Scope

  init(definition: MacroDefinition, scope: Scope) {
    self.definition = definition
    self.scope = scope
  }
}

/// What a loop's body sees as `loop`.
final class LoopState {
  let items: [Value]
  let nesting: Int
  let depth: Int
  /// The loop to run again for `loop(...)`; nil if it is not recursive.
  let recursion: (loop: Statement.Loop, scope: Scope)?
  var index = 0
  var lastChanged: [Value]?

  init(items: [Value], nesting: Int, recursion: (loop: Statement.Loop, scope: Scope)?) {
    self.items = items
    self.nesting = nesting
    self.recursion = recursion
    var depth = 0
    for item in items { depth = max(depth, item.depth) }
    self.depth = depth + 1
  }
}

/// Values that can be walked once, as the lazy filters give them.
final class Generator {
  private let items: [Value]
  private var offset = 0
  let depth: Int

  init(_ items: [Value]) {
    self.items = items
    var depth = 0
    for item in items { depth = max(depth, item.depth) }
    self.depth = depth + 1
  }

  func next() -> Value? {
    guard offset < items.count else { return nil }
    offset += 1
    return items[offset - 1]
  }

  func rest() -> [Value] {
    defer { offset = items.count }
    return Array(items[offset...])
  }
}

/// What `cycler` makes: its items in turn.
final class Cycler {
  let items: Elements
  var offset = 0

  init(_ items: Elements) { self.items = items }
}

/// What `joiner` makes: nothing at the first call, the separator afterwards.
final class Joiner {
  let separator: Value
  var isUsed = false

  init(_ separator: Value) { self.separator = separator }
}

/// A method taken from a value.
final class BoundMethod {
  let receiver: Value
  let name: String

  init(_ receiver: Value, _ name: String) {
    self.receiver = receiver
    self.name = name
  }
}

/// The integers from `start` to before `stop` by `step`.
struct RangeValue: Equatable {
  let start: Int
  let stop: Int
  let step: Int
  let count: Int

  /// Nil if the step is zero or the count fits no integer.
  init?(start: Int, stop: Int, step: Int) {
    guard step != 0 else { return nil }
    self.start = start
    self.stop = stop
    self.step = step
    guard step > 0 ? start < stop : start > stop else {
      count = 0
      return
    }
    let (distance, overflow) = stop.subtractingReportingOverflow(start)
    guard !overflow, distance != .min, step != .min else { return nil }
    count = (abs(distance) - 1) / abs(step) + 1
  }

  subscript(index: Int) -> Int { start + index * step }

  /// The range of the numbers at `places`, or nil if its bounds fit no integer.
  subscript(places: RangeValue) -> RangeValue? {
    func number(_ place: Int) -> Int? {
      let (distance, overflow) = place.multipliedReportingOverflow(by: step)
      let (number, sumOverflow) = start.addingReportingOverflow(distance)
      return overflow || sumOverflow ? nil : number
    }
    let (stride, overflow) = step.multipliedReportingOverflow(by: places.step)
    guard !overflow, let first = number(places.start), let end = number(places.stop) else {
      return nil
    }
    return RangeValue(start: first, stop: end, step: stride)
  }
}

/// Functions every template can call.
enum BuiltinFunction: String {
  case range
  case dict
  case namespace
  case cycler
  case joiner
  case raiseException = "raise_exception"
  case strftimeNow = "strftime_now"
}

/// The arguments of a call, evaluated.
struct Arguments {
  var positional: [Value] = []
  var named: [(name: String, value: Value)] = []
}
