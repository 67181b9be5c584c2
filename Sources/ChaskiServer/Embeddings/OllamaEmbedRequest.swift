// Owns: the bodies of POST /api/embed and of the older /api/embeddings. Source: Ollama's API reference.

import ChaskiChat

/// Texts whose vectors are wanted, as Ollama's clients ask for them.
package struct OllamaEmbedRequest: Sendable {
  /// The model's name.
  package let model: String
  /// The texts; none loads the model.
  package let inputs: [String]
  /// Whether texts that are too long are cut.
  package let cuts: Bool
  /// How many numbers of each vector are wanted; all if nil.
  package let dimensions: Int?
  private let field: String

  /// Reads a request whose texts are in `field`.
  ///
  /// - Throws: `ServerError`.
  package init(
    _ fields: RequestFields,
    field: String,
    limits: ServerLimits
  ) throws(ServerError) {
    self.field = field
    model = try fields.required("model")
    let texts = try fields.strings(field, atMost: limits.embeddingCount) ?? []
    inputs = texts == [""] ? [] : texts
    cuts = try fields.bool("truncate") ?? true
    dimensions = try fields.int("dimensions", in: 1 ... .max)
    // The context is the server's; what else `options` may say is about generating.
    _ = try fields.fields("options")
  }

  /// What the engine is asked.
  ///
  /// - Throws: `ServerError`.
  package func plan(_ model: ServedModel) throws(ServerError) -> EmbeddingPlan {
    var plan = try EmbeddingPlan(model, field: field, dimensions: dimensions)
    for input in inputs { try plan.add(.text(input), cuts: cuts) }
    return plan
  }
}
