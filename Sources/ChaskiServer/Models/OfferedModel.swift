// Owns: a model that a server can load: what is known of it before, and how.

/// A model that a server can load.
package struct OfferedModel: Sendable {
  /// What can be told of it without loading it.
  package let description: ModelDescription
  /// A bound on the bytes that its weights and cache take.
  package let byteCount: Int
  /// Loads it, again after it was unloaded.
  package let load: @Sendable (_ progress: @escaping Progress) async throws -> LoadedModel

  /// Is told how many bytes are loaded, of how many.
  package typealias Progress = @Sendable (_ loadedByteCount: Int, _ totalByteCount: Int) -> Void

  /// A model that `load` loads.
  package init(
    description: ModelDescription,
    byteCount: Int,
    load: @escaping @Sendable (_ progress: @escaping Progress) async throws -> LoadedModel
  ) {
    self.description = description
    self.byteCount = byteCount
    self.load = load
  }
}

/// A model that was loaded.
package struct LoadedModel: Sendable {
  /// The model.
  package let served: ServedModel
  /// The bytes that its weights take and its cache may take.
  package let byteCount: Int
  /// Ends its work when nobody uses it any more; its memory is free once the model is dropped.
  package let close: @Sendable () async -> Void

  /// A model that takes `byteCount` bytes.
  package init(
    _ served: ServedModel,
    byteCount: Int,
    close: @escaping @Sendable () async -> Void = {}
  ) {
    self.served = served
    self.byteCount = byteCount
    self.close = close
  }
}
