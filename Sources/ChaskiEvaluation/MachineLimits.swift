// Owns: what the machine could do at best, as it measured itself.

package import ChaskiTensors

/// The limits that bound inference: decode reads all weights, prefill multiplies.
package struct MachineLimits: Sendable, Equatable, Codable {
  /// Bytes a second that the threads read from memory.
  package let readBandwidth: Double
  /// int8 multiply and add operations a second.
  package let int8Rate: Double

  /// Measures for about half a second with all of the backend's threads.
  ///
  /// - Throws: `TensorError` without memory to read.
  package init(measuredOn backend: CPUBackend) throws {
    readBandwidth = try backend.measureReadBandwidth()
    int8Rate = backend.measureInt8Peak()
  }
}
