// Owns: the errors of tensors, memory and the choice of kernels.

/// What can go wrong when tensors are made or kernels are chosen.
package enum TensorError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The system refused memory.
  case outOfMemory(byteCount: Int)
  /// A tensor has a type that no kernel computes.
  case unsupportedType(tensor: String, type: String)
  /// The key/value cache cannot hold heads of this width in this type.
  case unsupportedCacheType(type: String, layer: Int, headWidth: Int)
  /// A tensor's shape is not the one asked for.
  case unexpectedShape(tensor: String, expected: [Int], found: [Int])
  /// A tensor's bytes are fewer or more than its shape needs.
  case unexpectedByteCount(tensor: String, expected: Int, found: Int)
  /// A weight is not finite, or too large for the type it should get.
  case weightOutOfRange(tensor: String, row: Int, type: String)
  /// `CHASKI_ISA` names no instruction set that this machine has.
  case instructionSetUnavailable(name: String, available: [String])
  /// Packed weights do not begin where vectors may be loaded from.
  case misaligned(alignment: Int)
  /// The system refused to start a worker thread.
  case threadCreationFailed(code: Int32)

  package var description: String {
    switch self {
    case .outOfMemory(let byteCount):
      "The system has no \(byteCount) bytes of memory left: close other programs, "
        + "or use a smaller model or context."
    case .unsupportedType(let tensor, let type):
      "Tensor \(tensor) has type \(type), which Chaski cannot compute yet: "
        + "use a file of another quantisation, such as Q4_K_M or Q8_0."
    case .unsupportedCacheType(let type, let layer, let headWidth):
      "A key/value cache of type \(type) needs heads whose width is a multiple of 32, but layer "
        + "\(layer) has width \(headWidth): use --cache-type f16."
    case .unexpectedShape(let tensor, let expected, let found):
      "Tensor \(tensor) has shape \(found) where \(expected) is needed: "
        + "the file's metadata and weights do not fit together."
    case .unexpectedByteCount(let tensor, let expected, let found):
      "Tensor \(tensor) has \(found) bytes where \(expected) are needed."
    case .weightOutOfRange(let tensor, let row, let type):
      "Row \(row) of tensor \(tensor) holds a number that is not finite or beyond what \(type) can hold: "
        + "the weights are broken, or need a type of greater range, such as BF16."
    case .instructionSetUnavailable(let name, let available):
      "CHASKI_ISA=\(name) is not available on this machine: use one of "
        + available.joined(separator: ", ") + "."
    case .misaligned(let alignment):
      "Packed weights must begin on a multiple of \(alignment) bytes."
    case .threadCreationFailed(let code):
      "The system refused to start a worker thread (error \(code)): use fewer threads."
    }
  }
}
