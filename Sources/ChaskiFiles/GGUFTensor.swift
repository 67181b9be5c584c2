// Owns: the description of one tensor in a GGUF file.
// Does not own: its bytes (MappedFile) or their decoding (ChaskiKernels).

package import ChaskiTensors

/// Where a tensor lies and how its bytes are to be read.
package struct GGUFTensor: Sendable, Hashable {
  /// The tensor's name, unique over all parts.
  package let name: String
  /// The type of its elements.
  package let type: ElementType
  /// Elements along each axis, fastest first as GGUF stores them; 1 to 4 axes, each at least 1.
  ///
  /// The first is the row's length, a whole number of blocks. A scalar has one axis of one element.
  package let dimensions: [Int]
  /// The part of a split file that holds it; 0 in a single file.
  package var part: Int
  /// The first byte, counted from the start of its part; a multiple of the file's alignment.
  package let offset: Int
  /// Bytes it takes.
  package let byteCount: Int

  /// Elements in all.
  package var elementCount: Int {
    byteCount / type.blockByteCount * type.blockElementCount
  }

  /// The bytes it takes in its part.
  package var byteRange: Range<Int> { offset..<offset + byteCount }
}
