// Owns: the body of POST /v1/embeddings. Source: OpenAI's API reference, embeddings/create.

import ChaskiChat

/// Texts whose vectors are wanted, as OpenAI's clients ask for them.
package struct EmbeddingRequest: Sendable {
  /// How vectors are written.
  package enum Format: String, Sendable {
    /// A list of numbers.
    case float
    /// Their bytes.
    case base64
  }

  /// The model's name.
  package let model: String
  /// The texts.
  package let inputs: [CompletionRequest.Prompt]
  /// How vectors are written.
  package let format: Format
  /// How many numbers of each vector are wanted; all if nil.
  package let dimensions: Int?

  /// Reads a request.
  ///
  /// - Throws: `ServerError`.
  package init(_ fields: RequestFields, limits: ServerLimits) throws(ServerError) {
    model = try fields.required("model")
    inputs = try CompletionRequest.Prompt.list(fields, "input", atMost: limits.embeddingCount)
    dimensions = try fields.int("dimensions", in: 1 ... .max)
    let name = try fields.string("encoding_format") ?? Format.float.rawValue
    guard let format = Format(rawValue: name) else {
      throw .field("encoding_format", expected: "float or base64")
    }
    self.format = format
  }

  /// What the engine is asked.
  ///
  /// - Throws: `ServerError`.
  package func plan(_ model: ServedModel) throws(ServerError) -> EmbeddingPlan {
    var plan = try EmbeddingPlan(model, field: "input", dimensions: dimensions)
    for input in inputs { try plan.add(input, cuts: false) }
    return plan
  }
}
