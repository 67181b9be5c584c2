// Owns: the errors of loading a model for generation and of generating.

/// Why text cannot be generated.
package enum GenerationError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The file has no tokenizer that is known here.
  case noTokenizer(file: String, model: String?)
  /// The tokenizer's vocabulary and the model's embedding differ in size.
  case vocabularyMismatch(file: String, tokenizer: Int, model: Int)
  /// A draft model's token ids do not mean what the model's mean.
  case draftVocabularyMismatch(
    draft: String,
    draftCount: Int,
    model: String,
    modelCount: Int,
    firstDifferentToken: Int32?
  )
  /// There is nothing to start from.
  case emptyPrompt
  /// The prompt does not fit into the context window.
  case promptTooLong(tokenCount: Int, contextLength: Int)
  /// An option has a value that cannot be used.
  case invalidOption(name: String, value: String, allowed: String)
  /// So many requests wait already that no more are taken.
  case queueFull(limit: Int)
  /// The engine finishes what it has, and takes nothing new.
  case draining
  /// The hidden states of a text are no numbers.
  case unusableEmbedding

  package var description: String {
    switch self {
    case .noTokenizer(let file, let model):
      "\(file) has no tokenizer that Chaski knows"
        + (model.map { " (it names \"\($0)\")" } ?? "")
        + ": only token ids work with it, as in `chaski logits`."
    case .vocabularyMismatch(let file, let tokenizer, let model):
      "\(file): the tokenizer has \(tokenizer) tokens but the model only \(model): "
        + "the file is damaged or was put together wrongly."
    case .draftVocabularyMismatch(let draft, let draftCount, let model, let modelCount, let token):
      "\(draft) (\(draftCount) tokens) cannot draft for \(model) (\(modelCount) tokens): "
        + (token.map { "token \($0) differs; " } ?? "")
        + "choose a smaller model of the same family, whose vocabulary is the same."
    case .emptyPrompt:
      "The prompt is empty, and this model has no token to begin a text with: give some text."
    case .promptTooLong(let tokenCount, let contextLength):
      "The prompt has \(tokenCount) tokens, but the context window holds \(contextLength), "
        + "one of which the answer needs: shorten the prompt or raise --context."
    case .invalidOption(let name, let value, let allowed):
      "\(name) is \(value), but must be \(allowed)."
    case .queueFull(let limit):
      "\(limit) requests wait already, and no more are taken: try again later."
    case .draining:
      "The engine is about to stop and takes no new requests: try again later."
    case .unusableEmbedding:
      "The model gives this text a vector that is not finite: its weights are damaged."
    }
  }
}
