// Owns: the errors of quantising a model. Does not own: those of files and tensors, which have their own.

/// Why a model cannot be quantised as asked.
package enum QuantizationError: Error, Equatable, Sendable, CustomStringConvertible {
  /// An importance matrix belongs to another model.
  case importanceMismatch(tensor: String, expected: Int, found: Int)
  /// A file is no importance matrix.
  case notImportance(file: String, reason: String)
  /// A mix or type that cannot be written.
  case unknownType(name: String, known: [String])
  /// No choice of types is as small as asked.
  case tooFewBits(asked: Double, least: Double)
  /// The result would replace what it is made from.
  case sameFile(path: String)
  /// A tensor must change its type and its own cannot be read.
  case unreadableTensor(name: String, type: String)

  package var description: String {
    switch self {
    case .importanceMismatch(let tensor, let expected, let found):
      "The importance matrix has \(found) numbers for \(tensor), which needs \(expected): "
        + "it was made from another model."
    case .notImportance(let file, let reason):
      "\(file) is no importance matrix: \(reason)."
    case .unknownType(let name, let known):
      "\(name) is no type that can be written: use one of \(known.joined(separator: ", "))."
    case .tooFewBits(let asked, let least):
      "No choice of types takes \(asked) bits a weight; the least for this model is \(least)."
    case .sameFile(let path):
      "\(path) cannot be read and replaced at once; give another name for the result."
    case .unreadableTensor(let name, let type):
      "Tensor \(name) has type \(type), which cannot be decoded here: begin with another file."
    }
  }
}
