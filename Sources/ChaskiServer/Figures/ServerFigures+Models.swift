// Owns: what figures tell of models that come and go.

extension ServerFigures {
  /// Notes what happens to models: their loads and unloads, and the last of an engine's work.
  package func note(_ event: ModelEvent) {
    switch event {
    case .loaded(let model, let byteCount, let duration):
      noteLoad(model.id, succeeded: true, duration: duration, byteCount: byteCount)
    case .failed(let id, let duration):
      noteLoad(id, succeeded: false, duration: duration, byteCount: 0)
    case .unloaded(let model):
      noteUnload(model.id)
      if let snapshot = model.engine.snapshot() { retire(model.id, snapshot) }
    }
  }
}
