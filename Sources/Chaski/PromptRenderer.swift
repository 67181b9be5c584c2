// Owns: from messages to a prompt's tokens, with one model's template and tokenizer.

package import ChaskiChat
import ChaskiFiles
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
    let metadata = model.file.metadata
    let names = try metadata.stringArray("tokenizer.chat_templates").map {
      Self.strings(bytes: $0.bytes, ends: $0.ends)
    }
    let set = ChatTemplateSet(ggufNames: names ?? []) { key in
      // A key of another type is as good as none; `show` tells what it is.
      try? metadata.string(key)
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

  private static func strings(bytes: [UInt8], ends: [Int]) -> [String] {
    var start = 0
    return ends.map { end in
      defer { start = end }
      return String(decoding: bytes[start..<end], as: UTF8.self)
    }
  }
}
