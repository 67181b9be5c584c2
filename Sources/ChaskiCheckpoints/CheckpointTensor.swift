// Owns: the description of one tensor of a checkpoint. Does not own: its bytes (Checkpoint).

package import ChaskiTensors

/// A tensor as a GGUF file describes it.
package struct CheckpointTensor: Sendable, Hashable {
  /// The tensor's name in GGUF.
  package let name: String
  /// The type of its elements.
  package let type: ElementType
  /// Elements along each axis, fastest first; 1 to 4 axes, the first a whole number of blocks.
  package let dimensions: [Int]
  /// Bytes of all rows.
  package let byteCount: Int

  /// A tensor whose size has been checked to fit `Int`.
  init(name: String, type: ElementType, dimensions: [Int], byteCount: Int) {
    self.name = name
    self.type = type
    self.dimensions = dimensions
    self.byteCount = byteCount
  }

  /// Bytes of one row.
  package var rowByteCount: Int {
    dimensions[0] / type.blockElementCount * type.blockByteCount
  }

  /// Rows of all matrices one after another: a vector has one row, a stack of experts that of each.
  package var rowCount: Int { dimensions.dropFirst().reduce(1, *) }

  /// Elements in all.
  package var elementCount: Int { byteCount / type.blockByteCount * type.blockElementCount }
}
