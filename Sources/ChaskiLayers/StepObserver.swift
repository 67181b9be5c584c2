// Owns: how the activations between blocks can be seen. Does not own: the step.

package import ChaskiTensors

/// Where in a model activations are seen.
package enum ActivationPlace: Hashable, Sendable {
  /// What goes into the first block.
  case embedding
  /// What comes out of block `Int`, counted from 0.
  case block(Int)
}

/// Is shown a step's activations as they are computed; the tensor changes as soon as it returns. [T, D]
package typealias StepObserver = (_ place: ActivationPlace, _ x: Tensor) -> Void
