// Owns: what every model definition offers. Does not own: any definition.

package import ChaskiLayers
package import ChaskiTensors

/// A model's definition with its weights: tokens in, logits or hidden states out.
///
/// Immutable and shared: the timeline is in the cache. One definition serves inference, batching and
/// evaluation alike.
package protocol Architecture: Sendable {
  /// The name files give it (GGUF's `general.architecture`).
  static var name: String { get }

  /// Whether this is the definition of the model in `source`; of the name alone, unless several share it.
  static func describes(_ source: ModelSource) -> Bool

  /// Builds the model from a file's hyperparameters and weights.
  ///
  /// - Throws: `ModelError`, `FileError` or `TensorError`, naming the key or tensor.
  init(from source: ModelSource) throws

  /// D.
  var embeddingLength: Int { get }
  /// V.
  var vocabularyCount: Int { get }
  /// The longest context the model was trained for, in tokens.
  var contextLength: Int { get }
  /// What each layer keeps in the cache.
  var cacheLayers: [CacheLayout.Layer] { get }
  /// The angles of the model's positions; nil if nothing is rotated.
  var rotary: RotaryEmbedding? { get }
  /// How many positions the model has vectors for, or nil if any position will do.
  var positionLimit: Int? { get }

  /// The width of what `normed` gives: D, unless the output layer reads less.
  var stateLength: Int { get }

  /// What the blocks make of the step's tokens, whose keys and values go to its cache. [T, D]
  func hidden(_ step: Step, on backend: CPUBackend) -> Tensor
  /// Rows of `hidden` as the output layer reads them, after the last norm; of these embeddings are made. [R, D]
  func normed(_ x: Tensor, on backend: CPUBackend) -> LinearInput
  /// The logits of such rows. [R, V]
  func logits(of states: LinearInput, on backend: CPUBackend) -> Tensor
}

extension Architecture {
  package static func describes(_ source: ModelSource) -> Bool { source.architecture == name }

  package var positionLimit: Int? { nil }

  package var stateLength: Int { embeddingLength }

  /// The logits of the rows that `step` asks for; the step's keys and values go to its cache. [R, V]
  package func logits(_ step: Step, on backend: CPUBackend) -> Tensor {
    logits(ofRows: step.logitRows, in: hidden(step, on: backend), on: backend)
  }

  /// The logits of some rows of what `hidden` gave. [R, V]
  package func logits(ofRows rows: [Int], in x: Tensor, on backend: CPUBackend) -> Tensor {
    logits(of: normed(backend.gather(x, rows: rows), on: backend), on: backend)
  }

  /// Some rows of what `hidden` gave, after the last norm. [R, D]
  package func states(ofRows rows: [Int], in x: Tensor, on backend: CPUBackend) -> Tensor {
    backend.floats(of: normed(backend.gather(x, rows: rows), on: backend))
  }
}
