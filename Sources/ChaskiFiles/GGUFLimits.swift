// Owns: the numbers beyond which a GGUF file is refused; docs/limits.md repeats them.
// Does not own: the checks (GGUFParser, GGUFFile).

/// What a GGUF file may hold at most.
///
/// Together they bound what opening a file can cost: entries take less than a kilobyte each, and
/// everything else is left in the mapping.
package enum GGUFLimits {
  /// Metadata keys in one part.
  package static let keys = 65_536
  /// Bytes of a key; the specification's number.
  package static let keyBytes = 65_535
  /// Tensors over all parts.
  package static let tensors = 131_072
  /// Bytes of a tensor's name.
  ///
  /// The specification says 64; some writers use more.
  package static let nameBytes = 256
  /// Dimensions of a tensor; the specification's number.
  package static let dimensions = 4
  /// Elements of one metadata array.
  package static let arrayElements = 4_194_304
  /// Arrays inside arrays.
  package static let arrayDepth = 4
  /// The smallest alignment: the specification asks for a multiple of 8.
  package static let minimumAlignment = 8
  /// The largest alignment.
  package static let maximumAlignment = 1_048_576
  /// Parts of a split file.
  package static let parts = 1_024
  /// Bytes of all keys and tensor names of one part together.
  package static let textBytes = 16_777_216
}
