// Owns: log-probabilities as completions of plain texts tell them: four lists side by side.

import ChaskiChat
import ChaskiGeneration
import ChaskiTokenizers

/// Writes the lists `tokens`, `token_logprobs`, `top_logprobs` and `text_offset`.
///
/// Offsets count code points, as the Python clients that read them do.
struct CompletionLogprobs: Sendable {
  private let tokenizer: Tokenizer
  private var tokens: [JSONValue] = []
  private var logprobs: [JSONValue] = []
  private var tops: [JSONValue] = []
  private var offsets: [JSONValue] = []
  private var offset: Int

  /// No tokens yet, the first of which begins at `offset` of the text.
  init(_ tokenizer: Tokenizer, offset: Int) {
    self.tokenizer = tokenizer
    self.offset = offset
  }

  /// Where the next token begins.
  var end: Int { offset }

  /// Whether there is nothing to tell.
  var isEmpty: Bool { tokens.isEmpty }

  /// Adds the prompt's tokens; the model thought nothing of the first.
  mutating func add(prompt: [Int32], _ list: [TokenLogprobs?]?) {
    for (index, token) in prompt.enumerated() {
      let logprobs = list.flatMap { $0.indices.contains(index) ? $0[index] : nil }
      add(token, logprobs)
    }
  }

  /// Adds a token of the answer.
  mutating func add(_ token: TokenLogprobs) { add(token.token, token) }

  private mutating func add(_ id: Int32, _ token: TokenLogprobs?) {
    let text = spelling(id)
    tokens.append(.string(text))
    offsets.append(.int(offset))
    offset += text.unicodeScalars.count
    logprobs.append(token.map { .double($0.logprob.finiteLogprob) } ?? .null)
    guard let token else {
      tops.append(.null)
      return
    }
    var top = JSONObject()
    for entry in token.top { top[spelling(entry.id)] = .double(entry.logprob.finiteLogprob) }
    // The chosen token stands in the list even where it is not among the likeliest.
    if top[text] == nil { top[text] = .double(token.logprob.finiteLogprob) }
    tops.append(.object(top))
  }

  /// The object `logprobs` of a choice.
  var json: JSONValue {
    [
      "tokens": .array(tokens), "token_logprobs": .array(logprobs), "top_logprobs": .array(tops),
      "text_offset": .array(offsets),
    ]
  }

  /// The token's text, or its bytes in OpenAI's way where they are no text of their own.
  private func spelling(_ id: Int32) -> String {
    let bytes = tokenizer.bytes(of: id)
    if let text = String(validating: bytes, as: UTF8.self) { return text }
    let digits = bytes.map { byte in
      let text = String(byte, radix: 16)
      return "\\x" + (text.count < 2 ? "0" + text : text)
    }
    return "bytes:" + digits.joined()
  }
}
