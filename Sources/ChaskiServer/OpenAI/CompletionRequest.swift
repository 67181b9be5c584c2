// Owns: the body of POST /v1/completions. Source: OpenAI's API reference, completions/create.

import ChaskiChat
import ChaskiSampling
package import ChaskiTokenizers

/// Texts to continue, as OpenAI's older clients and evaluation harnesses ask for it.
package struct CompletionRequest: Sendable {
  /// One text to continue.
  package enum Prompt: Sendable, Equatable {
    /// A text.
    case text(String)
    /// Its tokens.
    case tokens([Int32])
  }

  /// The model's name.
  package let model: String
  /// The texts.
  package let prompts: [Prompt]
  /// The text after the gap that an answer fills; nil where it goes on at the end.
  package let suffix: String?
  /// How many answers to each.
  package let count: Int
  /// Whether the answer comes as events.
  package let isStreamed: Bool
  /// Whether the last event tells the token counts.
  package let includesUsage: Bool
  /// Whether the reply begins with the prompt.
  package let echoes: Bool
  /// How many likeliest tokens are told for each, nil for no log-probabilities.
  package let logprobCount: Int?
  /// The most tokens of an answer; 0 with `echoes` tells about the prompt alone.
  package let maximumTokens: Int
  /// Texts at which an answer ends.
  package let stopTexts: [String]
  /// Whether the answer goes on where the model would end it.
  package let ignoresEndOfText: Bool
  /// All fields, for the sampling options.
  package let fields: RequestFields

  /// Reads a request.
  ///
  /// - Throws: `ServerError`.
  package init(_ fields: RequestFields, limits: ServerLimits) throws(ServerError) {
    self.fields = fields
    model = try fields.required("model")
    prompts = try Prompt.list(fields, "prompt", atMost: limits.promptCount)
    count = try fields.int("n", in: 1...limits.choiceCount) ?? 1
    isStreamed = try fields.bool("stream") ?? false
    includesUsage = try fields.fields("stream_options")?.bool("include_usage") ?? false
    echoes = try fields.bool("echo") ?? false
    // Some clients write `false` for none.
    let isOff = fields["logprobs"] == .bool(false)
    logprobCount = isOff ? nil : try fields.int("logprobs", in: 0...limits.topLogprobCount)
    maximumTokens = try fields.int("max_tokens", in: 0 ... .max) ?? 16
    stopTexts = try StopFields.texts(fields, "stop", limits)
    ignoresEndOfText = try fields.bool("ignore_eos") ?? false
    guard maximumTokens > 0 || echoes else { throw .field("max_tokens", expected: "1 or more") }
    guard prompts.count * count <= limits.promptCount else {
      throw .field("n", expected: "such that there are at most \(limits.promptCount) answers")
    }
    if let best = try fields.int("best_of", in: 1...limits.choiceCount), best != count {
      throw .unsupported(field: "best_of", reason: "ask for n answers and choose among them.")
    }
    suffix = try fields.string("suffix").flatMap { $0.isEmpty ? nil : $0 }
    if suffix != nil, echoes {
      throw .unsupported(field: "echo", reason: "the prompt is told of texts without suffix only.")
    }
  }
}

extension CompletionRequest.Prompt {
  /// The tokens that the engine reads; an empty text is the model's own beginning.
  package func tokens(_ tokenizer: Tokenizer) -> [Int32] {
    switch self {
    case .tokens(let tokens): return tokens
    case .text(let text):
      let tokens = tokenizer.encode(text, addSpecialTokens: true, parseSpecialTokens: true)
      guard tokens.isEmpty, let bos = tokenizer.special.bos ?? tokenizer.special.eos else {
        return tokens
      }
      return [bos]
    }
  }

  /// The text that `echo` repeats.
  package func text(_ tokenizer: Tokenizer) -> String {
    switch self {
    case .tokens(let tokens): tokenizer.decode(tokens, skipSpecialTokens: false)
    case .text(let text): text
    }
  }
}
