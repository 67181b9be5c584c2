// Owns: the templates that a model comes with, and choosing among them.

package import ChaskiJinja

/// A model's chat templates by name, not yet compiled.
package struct ChatTemplateSet: Sendable, Hashable {
  /// The sources by name; a model with one template names it `default`.
  package let sources: [String: String]

  /// Takes sources by name.
  package init(sources: [String: String]) { self.sources = sources }

  /// Reads `chat_template` of a `tokenizer_config.json`: a string, or a list of
  /// `{"name": ..., "template": ...}`; absent or null is a model without templates.
  ///
  /// - Throws: `ChatError.field`.
  package init(tokenizerConfig value: JSONValue?) throws(ChatError) {
    switch value {
    case nil, .null?: sources = [:]
    case .string(let source)?: sources = ["default": source]
    case .array(let elements)?:
      var sources: [String: String] = [:]
      for element in elements {
        guard let name = element["name"]?.string, let source = element["template"]?.string else {
          throw .field("chat_template", expected: "a list of names and templates")
        }
        sources[name] = source
      }
      self.sources = sources
    default: throw .field("chat_template", expected: "a string or a list")
    }
  }

  /// Reads a GGUF file's keys: `tokenizer.chat_template`, and for each of the names in
  /// `tokenizer.chat_templates` the key `tokenizer.chat_template.NAME`.
  ///
  /// - Parameters:
  ///   - names: The strings of the array `tokenizer.chat_templates`, empty if it is absent.
  ///   - string: Looks up a key whose value is a string.
  package init(ggufNames names: [String], string: (String) -> String?) {
    var sources: [String: String] = [:]
    for name in names { sources[name] = string("tokenizer.chat_template.\(name)") }
    if let source = string("tokenizer.chat_template") { sources["default"] = source }
    self.sources = sources
  }

  /// The template for a model that has none.
  ///
  /// ChatML, because models without a template that were trained to chat were most often trained
  /// on it. It is a guess: `ChatTemplate.isFallback` says so.
  package static let fallbackSource = """
    {%- for message in messages -%}
      {{- '<|im_start|>' + message.role + '\\n' + (message.content or '') + '<|im_end|>\\n' -}}
    {%- endfor -%}
    {%- if add_generation_prompt -%}
      {{- '<|im_start|>assistant\\n' -}}
    {%- endif -%}
    """

  /// Compiles the template to use.
  ///
  /// - Parameters:
  ///   - name: The template wanted; nil chooses as the reference does, `tool_use` if there are
  ///     tools and there is one, else `default`, else the only one.
  ///   - hasTools: Whether tools are on offer.
  ///   - specialTokens: The tokens it names.
  ///   - limits: The bounds for compiling and rendering.
  /// - Returns: The template, or ChatML if the model has none and no name was asked for.
  /// - Throws: `ChatError.noTemplate`, `ChatError.template`.
  package func template(
    named name: String? = nil,
    hasTools: Bool = false,
    specialTokens: TemplateTokens,
    limits: JinjaLimits = JinjaLimits()
  ) throws(ChatError) -> ChatTemplate {
    if sources.isEmpty, name == nil {
      return try ChatTemplate(
        Self.fallbackSource,
        name: "ChatML",
        specialTokens: specialTokens,
        isFallback: true,
        limits: limits
      )
    }
    var chosen = name ?? "default"
    if name == nil {
      if hasTools, sources["tool_use"] != nil { chosen = "tool_use" }
      if sources[chosen] == nil, sources.count == 1, let only = sources.keys.first {
        chosen = only
      }
    }
    guard let source = sources[chosen] else {
      throw .noTemplate(named: chosen, available: sources.keys.sorted())
    }
    return try ChatTemplate(source, name: chosen, specialTokens: specialTokens, limits: limits)
  }
}
