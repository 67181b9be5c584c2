// Owns: the tokens of a context and of what may follow it.

import ChaskiTokenizers

/// A context and one text that may continue it, as tokens.
struct Continuation: Equatable {
  /// The context's tokens, then the continuation's.
  var tokens: [Int32]
  /// How many of the tokens are the context's; at least one.
  var contextCount: Int

  /// How many of the tokens are read: nothing follows the last one.
  var readCount: Int { tokens.count - 1 }

  /// Drops the beginning of the context so that at most `limit` tokens are read.
  ///
  /// - Returns: Whether anything was dropped, or nil if the continuation alone is too long.
  mutating func shorten(to limit: Int) -> Bool? {
    let excess = readCount - limit
    guard excess > 0 else { return false }
    guard excess < contextCount else { return nil }
    tokens.removeFirst(excess)
    contextCount -= excess
    return true
  }
}

/// Cuts texts into contexts and continuations as lm-evaluation-harness does.
struct ContinuationEncoder {
  private let tokenizer: Tokenizer

  init(_ tokenizer: Tokenizer) { self.tokenizer = tokenizer }

  /// The tokens of `text` at the beginning of a timeline: the model's own beginning if its format has one.
  func encode(_ text: String) -> [Int32] {
    let tokens = tokenizer.encode(text, addSpecialTokens: false, parseSpecialTokens: false)
    guard tokenizer.addsBOS, let bos = tokenizer.special.bos else { return tokens }
    return [bos] + tokens
  }

  /// The tokens of `context` and of each of `endings`.
  ///
  /// Spaces at the context's end belong to the endings. Context and ending are encoded together, and what
  /// comes after as many tokens as the context has is the ending. An empty context is the token that
  /// begins (or ends) a text.
  ///
  /// - Throws: `EvaluationError.emptyContinuation` for an ending that adds no token,
  ///   `EvaluationError.emptyContext` where there is neither context nor such a token.
  func continuations(
    of context: String,
    _ endings: [String]
  ) throws(EvaluationError) -> [Continuation] {
    let end = context.lastIndex { !$0.isWhitespace }.map { context.index(after: $0) }
    let kept = String(context[..<(end ?? context.startIndex)])
    let spaces = context[(end ?? context.startIndex)...]
    let begin = encode(kept)
    var readBegin = begin
    if begin.isEmpty {
      guard let token = tokenizer.special.bos ?? tokenizer.special.eos else { throw .emptyContext }
      readBegin = [token]
    }
    var result: [Continuation] = []
    for ending in endings {
      let new = encode(kept + spaces + ending).dropFirst(begin.count)
      guard !new.isEmpty else { throw .emptyContinuation(text: ending) }
      result.append(Continuation(tokens: readBegin + new, contextCount: readBegin.count))
    }
    return result
  }
}
