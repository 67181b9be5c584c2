// Owns: log-probabilities as chat completions, responses and Ollama tell them.

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
    ["content": .array(list(tokens)), "refusal": .null]
  }

  /// An object for each token; together they spell the text, of which the token that ends it is no part.
  func list(_ tokens: [TokenLogprobs]) -> [JSONValue] {
    tokens.filter { spellsText($0) }.map { token in
      var object = entry(token.token, token.logprob)
      object["top_logprobs"] = .array(token.top.map { .object(entry($0.id, $0.logprob)) })
      return .object(object)
    }
  }

  /// Whether a token is part of the text, and not its end.
  func spellsText(_ token: TokenLogprobs) -> Bool {
    !tokenizer.endOfGenerationIDs.contains(token.token)
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

extension RequestFields {
  /// How many likeliest tokens `logprobs` and `top_logprobs` ask for, nil for no log-probabilities.
  ///
  /// - Throws: `ServerError.field`.
  func logprobCount(_ limits: ServerLimits) throws(ServerError) -> Int? {
    let isWanted = try bool("logprobs") ?? false
    let top = try int("top_logprobs", in: 0...limits.topLogprobCount)
    guard isWanted || (top ?? 0) == 0 else {
      throw .field(name("logprobs"), expected: "true where top_logprobs is given")
    }
    return isWanted ? top ?? 0 : nil
  }
}

extension Float {
  /// A log-probability as JSON can say it: minus infinity is -9999, as OpenAI has it.
  var finiteLogprob: Double { isFinite ? Double(self) : -9999 }
}
