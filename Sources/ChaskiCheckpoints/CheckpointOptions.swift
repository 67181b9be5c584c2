// Owns: how a folder's weights are seen.

/// What a caller may ask of a folder's weights; a GGUF file's are as they are.
package struct CheckpointOptions: Sendable, Hashable {
  /// Whether all weights are widened to float32, for comparison with a reference; else they keep the
  /// type they are stored in.
  package var widensToFloat32: Bool

  /// Weights as stored, unless they are to be widened.
  package init(widensToFloat32: Bool = false) {
    self.widensToFloat32 = widensToFloat32
  }
}
