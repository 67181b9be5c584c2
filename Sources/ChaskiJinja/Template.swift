// Owns: the module's front door: compile once, render many times.

/// A compiled template in the dialect of chat templates.
///
/// The language is Jinja 2 as chat templates use it: blocks trimmed, no autoescaping, an immutable
/// sandbox, `break` and `continue`, `generation` blocks, a `tojson` that does not escape HTML, and
/// the functions `raise_exception` and `strftime_now`. Not there: `include`, `import`, `extends`
/// (a chat template has no siblings) and the filters `random`, `urlize`, `pprint`, `striptags` and
/// `wordwrap`. Integers have 64 bits; leaving them is an error.
///
/// A template is a value, and any number of tasks may render it at once.
public struct Template: Sendable {
  /// The source it was compiled from.
  public let source: String
  /// The bounds it is rendered within.
  public let limits: JinjaLimits

  let body: [Statement]

  /// Compiles a template.
  ///
  /// - Parameters:
  ///   - source: The template's text.
  ///   - options: The dialect.
  ///   - limits: The bounds for compiling and rendering.
  /// - Throws: `JinjaError.syntax`, or `.limit` for a source too long or nested too deeply.
  public init(
    _ source: String,
    options: TemplateOptions = TemplateOptions(),
    limits: JinjaLimits = JinjaLimits()
  ) throws(JinjaError) {
    let start = SourcePosition(line: 1, column: 1)
    guard source.utf8.count <= limits.templateBytes else {
      throw .limit(.templateBytes, allowed: limits.templateBytes, at: start)
    }
    var lexer = Lexer(source: source, options: options, limits: limits)
    var parser = Parser(tokens: try lexer.tokenize(), options: options, limits: limits)
    self.body = try parser.parseTemplate()
    self.source = source
    self.limits = limits
  }

  /// Renders the template.
  ///
  /// - Parameters:
  ///   - variables: What the template may name.
  ///   - now: The time that `strftime_now` tells; without one, a template that asks fails.
  /// - Returns: The text and its origins.
  /// - Throws: `JinjaError` for what the template does wrong, refuses, or does too much of.
  public func render(
    _ variables: [String: JinjaValue] = [:],
    now: CivilTime? = nil
  ) throws(JinjaError) -> Rendering {
    let renderer = Renderer(limits: limits, now: now)
    defer { renderer.release() }
    return try renderer.render(body, variables: variables)
  }
}
