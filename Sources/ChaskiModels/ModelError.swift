// Owns: the errors of model definitions: what a file says that no architecture here can follow.

/// Why a file's model cannot be built.
package enum ModelError: Error, Equatable, Sendable, CustomStringConvertible {
  /// No architecture of this name is in the catalogue.
  case unknownArchitecture(name: String, known: [String], file: String)
  /// A hyperparameter's value makes no sense, or does not fit another.
  case invalidHyperparameter(key: String, value: String, reason: String, file: String)
  /// The model needs something that is not built yet.
  case unsupported(feature: String, file: String)
  /// A token id that the model's vocabulary does not have.
  case tokenOutOfRange(token: Int32, vocabularyCount: Int)
  /// A position that the model has no vector for.
  case positionOutOfRange(position: Int, positionCount: Int)

  package var description: String {
    switch self {
    case .unknownArchitecture(let name, let known, let file):
      "\(file): architecture \"\(name)\" is not one that Chaski runs yet "
        + "(it runs \(known.joined(separator: ", ")))."
    case .invalidHyperparameter(let key, let value, let reason, let file):
      "\(file): \(key) is \(value), \(reason): the file is damaged or was written for another program."
    case .unsupported(let feature, let file):
      "\(file): this model needs \(feature), which Chaski does not have yet."
    case .tokenOutOfRange(let token, let count):
      "Token \(token) is not in the model's vocabulary of \(count): "
        + "use the tokenizer that belongs to the model."
    case .positionOutOfRange(let position, let count):
      "The model has vectors for \(count) positions and cannot see one at \(position): "
        + "keep prompt and answer within \(count) tokens."
    }
  }
}
