// Owns: what the machine could do at best, as it measured itself.

package import ChaskiTensors

/// The limits that bound inference: decode reads all weights, prefill multiplies.
package struct MachineLimits: Sendable, Equatable, Codable {
  /// Bytes a second that the threads read from memory.
  package let readBandwidth: Double
  /// int8 multiply and add operations a second.
  package let int8Rate: Double
  /// float32 multiply and add operations a second.
  package let float32Rate: Double

  /// Limits that are known.
  package init(readBandwidth: Double, int8Rate: Double, float32Rate: Double) {
    self.readBandwidth = readBandwidth
    self.int8Rate = int8Rate
    self.float32Rate = float32Rate
  }

  /// Measures with all threads of `backend`, for a fraction of a second beside ten readings of `memory`.
  package init(measuredOn backend: CPUBackend, reading memory: WeightArena) {
    self.init(
      readBandwidth: backend.measureReadBandwidth(of: memory),
      int8Rate: backend.measureInt8Peak(),
      float32Rate: backend.measureFloat32Peak()
    )
  }

  /// The better of the two, limit by limit.
  ///
  /// A figure's limits are measured before and after it: a neighbour who disturbs one of the two must not
  /// make the figure look better.
  package func orBetter(_ other: MachineLimits) -> MachineLimits {
    MachineLimits(
      readBandwidth: max(readBandwidth, other.readBandwidth),
      int8Rate: max(int8Rate, other.int8Rate),
      float32Rate: max(float32Rate, other.float32Rate)
    )
  }

  /// Operations a second at the peak of the unit that multiplies weights of `type`.
  package func peakRate(of type: ElementType) -> Double {
    switch type {
    case .f32, .f16, .bf16: float32Rate
    default: int8Rate
    }
  }
}
