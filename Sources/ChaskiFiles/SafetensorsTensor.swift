// Owns: the description of one tensor in a safetensors file.
// Does not own: its bytes (MappedFile).

/// Where a tensor lies in a safetensors file and how its bytes are to be read.
package struct SafetensorsTensor: Sendable, Hashable {
  /// The tensor's name, unique in the file.
  package let name: String
  /// The type of its elements.
  package let type: SafetensorsType
  /// Elements along each axis, slowest first; empty for a scalar, with zeros for an empty tensor.
  package let shape: [Int]
  /// The bytes it takes, counted from the start of the file; aligned to nothing.
  package let byteRange: Range<Int>

  /// Elements in all.
  package var elementCount: Int { byteRange.count * 8 / type.bitCount }
}
