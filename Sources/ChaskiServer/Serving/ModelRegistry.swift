// Owns: the models that a server has, by name. Not here: loading them.

/// The models that a server has.
///
/// Asking is asynchronous, so that a registry may load what is asked for.
package struct ModelRegistry: Sendable {
  /// The models in the order they were named.
  package let models: [ServedModel]

  /// A registry of models that are loaded.
  package init(_ models: [ServedModel]) {
    self.models = models
  }

  /// The model that `name` asks for; `name:latest` is `name`, as Ollama's clients write it.
  ///
  /// - Throws: `ServerError.unknownModel`.
  package func model(named name: String) async throws(ServerError) -> ServedModel {
    if let model = models.first(where: { $0.id == name }) { return model }
    let suffix = ":latest"
    if name.hasSuffix(suffix) {
      let short = name.dropLast(suffix.count)
      if let model = models.first(where: { $0.id == short }) { return model }
    }
    throw .unknownModel(name, available: models.map(\.id))
  }

  /// The model that `name` asks for, or the first one if nobody asks for any.
  package func model(namedOrFirst name: String?) async throws(ServerError) -> ServedModel {
    if let name { return try await model(named: name) }
    guard let first = models.first else { throw .unknownModel("", available: []) }
    return first
  }
}
