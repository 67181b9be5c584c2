// Owns: the description of a packed matrix that outlives the program. Does not own: its bytes.

/// What a packed matrix is and where it lies in its arena.
package struct PackedPlacement: Hashable, Sendable {
  /// The format of the weights, as in the model's file.
  package let type: ElementType
  /// Outputs.
  package let rows: Int
  /// Inputs.
  package let depth: Int
  /// The first byte, counted from the arena's start.
  package let offset: Int
  /// Bytes of all panels.
  package let byteCount: Int

  /// A placement, which may come from a file and need not make sense.
  package init(type: ElementType, rows: Int, depth: Int, offset: Int, byteCount: Int) {
    self.type = type
    self.rows = rows
    self.depth = depth
    self.offset = offset
    self.byteCount = byteCount
  }
}
