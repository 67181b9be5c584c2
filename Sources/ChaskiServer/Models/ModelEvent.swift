// Owns: what is told of models that come and go.

/// What happened to a model.
package enum ModelEvent: Sendable {
  /// It was loaded and takes so many bytes.
  case loaded(ServedModel, byteCount: Int, duration: Duration)
  /// It could not be loaded.
  case failed(String, duration: Duration)
  /// It leaves: its engine is at rest, its figures are final.
  case unloaded(ServedModel)
}
