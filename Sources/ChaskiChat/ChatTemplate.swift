// Owns: turning messages into a prompt with one compiled template.
// Does not own choosing the template (ChatTemplateSet) or the language (ChaskiJinja).

package import ChaskiJinja

/// A compiled chat template with the special tokens it names.
package struct ChatTemplate: Sendable {
  /// The template's name, `default` if the model gave none.
  package let name: String
  /// Whether the model has no template and this is ChatML in its place; a user should be told.
  package let isFallback: Bool
  /// The special tokens the template sees.
  package let specialTokens: TemplateTokens

  private let template: Template

  /// Compiles a template.
  ///
  /// - Throws: `ChatError.template`.
  package init(
    _ source: String,
    name: String = "default",
    specialTokens: TemplateTokens = TemplateTokens(),
    isFallback: Bool = false,
    limits: JinjaLimits = JinjaLimits()
  ) throws(ChatError) {
    do throws(JinjaError) {
      template = try Template(source, limits: limits)
    } catch {
      throw .template(name: name, error)
    }
    self.name = name
    self.isFallback = isFallback
    self.specialTokens = specialTokens
  }

  /// The template's text.
  package var source: String { template.source }

  /// Renders a conversation.
  ///
  /// Contents, names, tools and variables are marked as input in the result's segments; the
  /// template's own text, special tokens and known roles are not. A tokenizer that recognises
  /// control tokens only outside input segments keeps a message from forging them. It must still
  /// split the text as a whole: cut at segments, the ids at their borders would differ from the
  /// reference's.
  ///
  /// - Parameters:
  ///   - messages: The conversation.
  ///   - tools: The tools on offer; none is `None` to the template, as in the reference.
  ///   - addGenerationPrompt: Whether the text ends where the assistant begins to speak.
  ///   - variables: What else the template may name, such as `enable_thinking`.
  ///   - now: The time that `strftime_now` tells.
  /// - Returns: The prompt and its segments.
  /// - Throws: `ChatError.template`; a refusal by the template is `JinjaError.raised` in it.
  package func render(
    _ messages: [ChatMessage],
    tools: [ToolDefinition] = [],
    addGenerationPrompt: Bool = true,
    variables: [String: JSONValue] = [:],
    now: CivilTime
  ) throws(ChatError) -> Rendering {
    var values: [String: JinjaValue] = ["documents": .none]
    for (name, token) in specialTokens.strings { values[name] = .string(token) }
    if let additional = specialTokens.additional {
      values["additional_special_tokens"] = .list(additional.map { .string($0) })
    }
    for (name, value) in variables { values[name] = JinjaValue(value) }
    values["messages"] = .list(messages.map { $0.templateValue })
    values["tools"] = tools.isEmpty ? JinjaValue.none : .list(tools.map { JinjaValue($0.json) })
    values["add_generation_prompt"] = .bool(addGenerationPrompt)
    do throws(JinjaError) {
      return try template.render(values, now: now)
    } catch {
      throw .template(name: name, error)
    }
  }
}
