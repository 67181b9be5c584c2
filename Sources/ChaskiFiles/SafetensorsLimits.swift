// Owns: the numbers beyond which a safetensors file is refused; docs/limits.md repeats them.
// Does not own: the checks (SafetensorsFile, SafetensorsHeader).

/// What a safetensors file may hold at most.
package enum SafetensorsLimits {
  /// Bytes of the header; the format's number.
  package static let headerBytes = 100_000_000
  /// Tensors in one file.
  package static let tensors = 131_072
  /// Dimensions of a tensor.
  package static let dimensions = 16
  /// Texts under `__metadata__`.
  package static let metadata = 65_536
}
