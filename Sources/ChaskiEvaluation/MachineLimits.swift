// Owns: what the machine could do at best, as it measured itself.

package import ChaskiGeneration
import ChaskiTensors

/// The limits that bound inference: decode reads all weights, prefill multiplies.
package struct MachineLimits: Sendable, Equatable, Codable {
  /// Bytes a second that the threads read from memory.
  package let readBandwidth: Double
  /// int8 multiply and add operations a second.
  package let int8Rate: Double

  /// Measures for a fraction of a second with all threads of the engine's backend.
  package init(measuredWith engine: InferenceEngine) async {
    (readBandwidth, int8Rate) = await engine.perform { model, _ in
      (
        model.backend.measureReadBandwidth(of: model.weights),
        model.backend.measureInt8Peak()
      )
    }
  }
}
