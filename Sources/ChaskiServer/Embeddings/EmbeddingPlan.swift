// Owns: from texts to what the engine is asked for their vectors.

import ChaskiGeneration
import ChaskiTokenizers

/// Texts whose vectors are wanted.
package struct EmbeddingPlan: Sendable {
  /// The texts' tokens.
  package private(set) var inputs: [[Int32]] = []
  /// Which texts were cut, because they are longer than the model reads.
  package private(set) var cutInputs: [Int] = []
  private let model: ServedModel
  private let field: String

  /// A plan of nothing yet, for the texts of the request's `field`.
  ///
  /// - Throws: `ServerError.notAvailable` if the model makes no vectors, `.field` for more numbers than it has.
  package init(
    _ model: ServedModel,
    field: String,
    dimensions: Int?
  ) throws(ServerError) {
    guard model.facts.pooling != nil else {
      throw .notAvailable("The model \(model.id) scores texts and has no vectors of them.")
    }
    let length = model.facts.embeddingLength
    if let dimensions, dimensions > length {
      throw .field("dimensions", expected: "at most \(length), as many as the model has")
    }
    self.model = model
    self.field = field
  }

  /// Adds a text.
  ///
  /// - Throws: `ServerError.field` for one without tokens or with ids that are none, `.promptTooLong`.
  package mutating func add(_ text: CompletionRequest.Prompt, cuts: Bool) throws(ServerError) {
    var tokens = tokens(of: text)
    guard !tokens.isEmpty else { throw .field(field, expected: "texts, none of them empty") }
    let count = model.tokenizer.vocabularyCount
    guard tokens.allSatisfy({ $0 >= 0 && Int($0) < count }) else {
      throw .field(field, expected: "token ids from 0 to \(count - 1)")
    }
    let limit = model.engine.contextLength
    if tokens.count > limit {
      guard cuts else { throw .promptTooLong(tokenCount: tokens.count, contextLength: limit) }
      // The token that ends a text stays: models that pool the last one were trained with it.
      let special = model.tokenizer.special
      let end = tokens.last.flatMap { [special.eos, special.separator].contains($0) ? $0 : nil }
      tokens = Array(tokens.prefix(limit - (end == nil ? 0 : 1))) + (end.map { [$0] } ?? [])
      cutInputs.append(inputs.count)
    }
    inputs.append(tokens)
  }

  private func tokens(of text: CompletionRequest.Prompt) -> [Int32] {
    switch text {
    case .tokens(let tokens): tokens
    case .text(""): []
    // What a text says is words, even where it is spelled like a control token.
    case .text(let text):
      model.tokenizer.encode(text, addSpecialTokens: true, parseSpecialTokens: false)
    }
  }

  /// What the engine is asked, `count` texts at a time.
  package func plan(atOnce count: Int) -> AnswerPlan {
    var plan = AnswerPlan(model: model)
    plan.concurrentCount = count
    for input in inputs {
      var request = GenerationRequest(prompt: input)
      request.maximumTokens = 0
      request.pooling = model.facts.pooling
      plan.add(request, count: 1)
    }
    return plan
  }
}
