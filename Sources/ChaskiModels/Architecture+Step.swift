// Owns: making steps that a model can take. Does not own: the step (ChaskiLayers).

package import ChaskiLayers
package import ChaskiTensors

extension Architecture {
  /// Puts `inputs` together into a step of this model and extends their sequences.
  ///
  /// - Throws: `ModelError.positionOutOfRange`, `CacheError.full`, with all sequences as they were.
  package func step(_ inputs: [Step.Input], on backend: CPUBackend) throws -> Step {
    if let positionLimit {
      for input in inputs where input.tokens.count > positionLimit - input.sequence.length {
        throw ModelError.positionOutOfRange(
          position: input.sequence.length + input.tokens.count - 1,
          positionCount: positionLimit
        )
      }
    }
    return try Step(inputs, rotary: rotary, on: backend)
  }
}
