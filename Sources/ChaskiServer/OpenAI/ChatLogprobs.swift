// Owns: log-probabilities as chat completions tell them.

import ChaskiChat
import ChaskiGeneration
import ChaskiTokenizers

/// Writes log-probabilities with the tokens' texts and bytes.
struct ChatLogprobs: Sendable {
  private let tokenizer: Tokenizer

  /// Spells tokens by `tokenizer`.
  init(_ tokenizer: Tokenizer) {
    self.tokenizer = tokenizer
  }

  /// The object `logprobs` of a choice.
  func json(_ tokens: [TokenLogprobs]) -> JSONValue {
    let content = tokens.map { token -> JSONValue in
      var object = entry(token.token, token.logprob)
      object["top_logprobs"] = .array(token.top.map { .object(entry($0.id, $0.logprob)) })
      return .object(object)
    }
    return ["content": .array(content), "refusal": .null]
  }

  private func entry(_ id: Int32, _ logprob: Float) -> JSONObject {
    let bytes = tokenizer.bytes(of: id)
    var object = JSONObject()
    object["token"] = .string(String(decoding: bytes, as: UTF8.self))
    object["logprob"] = .double(logprob.finiteLogprob)
    object["bytes"] = .array(bytes.map { .int(Int($0)) })
    return object
  }
}

extension Float {
  /// A log-probability as JSON can say it: minus infinity is -9999, as OpenAI has it.
  var finiteLogprob: Double { isFinite ? Double(self) : -9999 }
}
