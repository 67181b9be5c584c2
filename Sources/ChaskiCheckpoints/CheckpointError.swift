// Owns: what can be wrong with a checkpoint folder, as facts and as sentences.
// Does not own: what is wrong inside one of its weight files (FileError).

/// Why a Hugging Face folder cannot be read as a model.
package enum CheckpointError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The folder has a configuration but no weights that are read.
  case noWeights(folder: String, expected: [String])
  /// A text file of the folder is no JSON of the kind that belongs there.
  case invalidFile(file: String, reason: String)
  /// The configuration lacks a key.
  case missingKey(file: String, key: String)
  /// A key of the configuration has a value that makes no sense.
  case invalidKey(file: String, key: String, expected: String, found: String)
  /// No family here reads models of this type.
  case unknownFamily(file: String, modelType: String, known: [String])
  /// The model needs something that is not built yet.
  case unsupported(file: String, feature: String)
  /// A tensor that the family needs is not there.
  case missingTensor(folder: String, tensor: String, neededFor: String)
  /// Tensors that the family does not know, so that something of the model would be lost.
  case unknownTensors(folder: String, first: [String], count: Int)
  /// A tensor's shape does not allow what must be done with it.
  case unexpectedShape(folder: String, tensor: String, shape: [Int], expected: String)
  /// A tensor's elements cannot be weights.
  case unsupportedElements(folder: String, tensor: String, type: String)

  package var description: String {
    switch self {
    case .noWeights(let folder, let expected):
      "\(shown(folder)) has no weights: it needs one of \(expected.joined(separator: ", "))."
    case .invalidFile(let file, let reason):
      "\(shown(file)) cannot be read: \(shown(reason))."
    case .missingKey(let file, let key):
      "\(shown(file)) lacks the key \(shown(key)), which this model type needs."
    case .invalidKey(let file, let key, let expected, let found):
      "\(shown(file)): the key \(shown(key)) must be \(expected) and is \(shown(found))."
    case .unknownFamily(let file, let modelType, let known):
      "\(shown(file)): models of type \"\(shown(modelType))\" are not read yet "
        + "(these are: \(known.joined(separator: ", "))); a GGUF file of it may run."
    case .unsupported(let file, let feature):
      "\(shown(file)): this model needs \(shown(feature)), which Chaski does not have yet."
    case .missingTensor(let folder, let tensor, let neededFor):
      "\(shown(folder)) has no tensor \(shown(tensor)), which \(shown(neededFor)) is made of: "
        + "the configuration and the weights do not fit together."
    case .unknownTensors(let folder, let first, let count):
      "\(shown(folder)) has \(count) tensor(s) that its model type does not use, such as "
        + first.map(shown).joined(separator: ", ")
        + ": the model would not be computed as it was meant."
    case .unexpectedShape(let folder, let tensor, let shape, let expected):
      "\(shown(folder)): tensor \(shown(tensor)) has shape \(shape), where \(expected) is needed."
    case .unsupportedElements(let folder, let tensor, let type):
      "\(shown(folder)): tensor \(shown(tensor)) has elements of type \(type), which are no weights here."
    }
  }
}

/// `text` made safe to print: names come from strangers' files and may hold terminal commands.
private func shown(_ text: String) -> String {
  var result = ""
  for scalar in text.unicodeScalars.prefix(240) {
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator, .unassigned, .privateUse:
      result += "\\u{" + String(scalar.value, radix: 16) + "}"
    default: result.unicodeScalars.append(scalar)
    }
  }
  return result
}
