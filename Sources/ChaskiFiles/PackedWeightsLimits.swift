// Owns: the numbers of the packed weights format; docs/limits.md repeats those that refuse files.

/// What a file of packed weights may hold at most, and how it is laid out.
package enum PackedWeightsLimits {
  /// The first eight bytes.
  static let magic = Array("CHASKIPW".utf8)
  /// The version of the format, not of the panels in it.
  static let version: UInt32 = 1
  /// Bytes of the header.
  package static let headerBytes = 67_108_864
  /// Matrices.
  package static let matrices = GGUFLimits.tensors
  /// Bytes of the model's path.
  package static let pathBytes = 65_536
  /// What the weights' first byte is a multiple of: a huge page, so that one can be mapped whole.
  static let payloadAlignment = 2_097_152
  /// Where weights begin that are packed into their file before its header is known: behind the longest.
  static let draftPayloadOffset = headerBytes + payloadAlignment
  /// Spots of the weights that have a hash in the header.
  static let samples = 64
}
