// Owns: from messages to a prompt's tokens, with one model's template and tokenizer.

package import ChaskiChat
import ChaskiCheckpoints
package import ChaskiGeneration
import ChaskiJinja
import ChaskiTokenizers
import Foundation

/// Turns conversations into prompts the way a model was trained to read them.
package struct PromptRenderer: Sendable {
  /// The model's template, or ChatML in its place (`isFallback`).
  package let template: ChatTemplate
  private let tokenizer: Tokenizer

  /// The renderer of `model`.
  ///
  /// - Throws: `GenerationError.noTokenizer`, `ChatError` for a template that cannot be compiled.
  package init(model: LanguageModel) throws {
    tokenizer = try model.requireTokenizer()
    let checkpoint = model.checkpoint
    let set = ChatTemplateSet(
      ggufNames: try checkpoint.strings("tokenizer.chat_templates") ?? []
    ) { key in
      // A key of another type is as good as none; `show` tells what it is.
      try? checkpoint.string(key)
    }
    let tokenizer = tokenizer
    func text(_ id: Int32?) -> String? {
      id.map { String(decoding: tokenizer.bytes(of: $0), as: UTF8.self) }
    }
    template = try set.template(
      specialTokens: TemplateTokens(
        bos: text(tokenizer.special.bos),
        eos: text(tokenizer.special.eos)
      )
    )
  }

  /// The prompt for `messages`, as text and as tokens.
  ///
  /// - Throws: `ChatError` when the template refuses the conversation.
  package func prompt(
    for messages: [ChatMessage],
    variables: [String: JSONValue] = [:]
  ) throws -> (text: String, tokens: [Int32]) {
    let rendering = try template.render(
      messages,
      variables: variables,
      now: CivilTime(Date(), in: .current)
    )
    var tokens = tokenizer.encode(
      rendering.text,
      addSpecialTokens: false,
      // Only the template may write control tokens; in a message their names are words.
      literalRanges: rendering.segments.filter(\.isInput).map(\.utf8Range)
    )
    // Templates write the beginning token themselves; those that do not leave it to the tokenizer.
    if tokenizer.addsBOS, let bos = tokenizer.special.bos, tokens.first != bos {
      tokens.insert(bos, at: 0)
    }
    return (rendering.text, tokens)
  }
}
