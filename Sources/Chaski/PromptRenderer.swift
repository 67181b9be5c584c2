// Owns: from messages to a prompt's tokens, with one model's template and tokenizer.

package import ChaskiChat
import ChaskiCheckpoints
package import ChaskiGeneration
import ChaskiJinja
package import ChaskiTokenizers
import Foundation

/// Turns conversations into prompts the way a model was trained to read them.
package struct PromptRenderer: Sendable {
  /// The model's template, or ChatML in its place (`isFallback`).
  package let template: ChatTemplate
  /// The template for conversations with tools; often the same.
  package let toolTemplate: ChatTemplate
  private let tokenizer: Tokenizer

  /// The renderer of `model`.
  ///
  /// - Throws: `GenerationError.noTokenizer`, `ChatError` for a template that cannot be compiled.
  package init(model: LanguageModel) throws {
    let checkpoint = model.checkpoint
    try self.init(
      tokenizer: try model.requireTokenizer(),
      templates: ChatTemplateSet(
        ggufNames: try checkpoint.strings("tokenizer.chat_templates") ?? []
      ) { key in
        // A key of another type is as good as none; `show` tells what it is.
        try? checkpoint.string(key)
      }
    )
  }

  /// The renderer of a model with this tokenizer and these templates.
  ///
  /// - Throws: `ChatError` for a template that cannot be compiled.
  package init(tokenizer: Tokenizer, templates: ChatTemplateSet) throws(ChatError) {
    self.tokenizer = tokenizer
    func text(_ id: Int32?) -> String? {
      id.map { String(decoding: tokenizer.bytes(of: $0), as: UTF8.self) }
    }
    let special = TemplateTokens(
      bos: text(tokenizer.special.bos),
      eos: text(tokenizer.special.eos)
    )
    template = try templates.template(specialTokens: special)
    toolTemplate = try templates.template(hasTools: true, specialTokens: special)
  }

  /// The prompt for `messages`, as text and as tokens.
  ///
  /// - Parameters:
  ///   - messages: The conversation.
  ///   - tools: The tools on offer.
  ///   - beginning: The beginning of the answer, which the model then continues.
  ///   - addGenerationPrompt: Whether the prompt ends where the assistant begins to speak.
  ///   - variables: What else the template may name.
  /// - Returns: The prompt.
  /// - Throws: `ChatError` when the template refuses the conversation.
  package func prompt(
    for messages: [ChatMessage],
    tools: [ToolDefinition] = [],
    beginning: String = "",
    addGenerationPrompt: Bool = true,
    variables: [String: JSONValue] = [:]
  ) throws(ChatError) -> (text: String, tokens: [Int32]) {
    let rendering = try (tools.isEmpty ? template : toolTemplate).render(
      messages,
      tools: tools,
      addGenerationPrompt: addGenerationPrompt,
      variables: variables,
      now: CivilTime(Date(), in: .current)
    )
    // Only the template may write control tokens; in a message their names are words.
    var literals = rendering.segments.filter(\.isInput).map(\.utf8Range)
    let end = rendering.text.utf8.count
    if !beginning.isEmpty { literals.append(end..<end + beginning.utf8.count) }
    let text = rendering.text + beginning
    var tokens = tokenizer.encode(text, addSpecialTokens: false, literalRanges: literals)
    // Templates write the beginning token themselves; those that do not leave it to the tokenizer.
    if tokenizer.addsBOS, let bos = tokenizer.special.bos, tokens.first != bos {
      tokens.insert(bos, at: 0)
    }
    return (text, tokens)
  }
}
