// Owns: the errors of measuring a model.

/// Why a measurement cannot be made.
package enum EvaluationError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The text is shorter than two windows.
  case textTooShort(tokenCount: Int, neededCount: Int)
  /// An option has a value that cannot be used.
  case invalidOption(name: String, value: String, allowed: String)
  /// The answer with guesses is not the one without.
  case answersDiffer(text: String)
  /// A data file cannot be read, or not as it is.
  case unreadable(file: String, reason: String)
  /// A file of results cannot be written.
  case unwritable(file: String, reason: String)
  /// A line of a data file (from 1) is not what the task's data is made of.
  case badLine(file: String, line: Int, reason: String)
  /// There is no data file for a task.
  case noData(task: String, option: String, names: [String], folders: [String])
  /// A text that should follow a prompt adds no token to it.
  case emptyContinuation(text: String)
  /// A prompt is empty, and the model has no token to begin a text with.
  case emptyContext
  /// A text that should follow a prompt does not fit into the context window.
  case continuationTooLong(item: Int, contextLength: Int)
  /// The model's logits are not numbers.
  case unusableLogits
  /// Results to go on from are of another evaluation.
  case otherEvaluation(file: String, found: String, expected: String)
  /// A result to go on from is of an item that has changed since, or lacks a figure.
  case otherItem(item: Int)
  /// A file of reference logits is not one, or is damaged.
  case badReference(file: String, reason: String)
  /// Two models that should be compared have different vocabularies.
  case vocabulariesDiffer(reference: Int, model: Int)

  package var description: String {
    switch self {
    case .textTooShort(let count, let needed):
      "The text has \(count) tokens, but two windows need \(needed): "
        + "give a longer text or a smaller --context."
    case .invalidOption(let name, let value, let allowed):
      "\(name) is \(value), but must be \(allowed)."
    case .answersDiffer(let text):
      "Guessing ahead changed the answer to the text \"\(text)\", which it never may: please report this."
    case .unreadable(let file, let reason): "\(file) cannot be used: \(reason)."
    case .unwritable(let file, let reason): "\(file) cannot be written: \(reason)."
    case .badLine(let file, let line, let reason): "\(file), line \(line): \(reason)."
    case .noData(let task, let option, let names, let folders):
      Self.missing(data: task, option, names, folders)
    case .emptyContinuation(let text):
      "The text \"\(text)\" adds no token to its prompt, so it has no likelihood: take it out of the data."
    case .emptyContext:
      "The prompt is empty, and this model has no token to begin a text with: give every item a prompt."
    case .continuationTooLong(let item, let contextLength):
      "A choice of item \(item) is longer than the context of \(contextLength) tokens: raise --context."
    case .unusableLogits:
      "The model's logits are not numbers: its file is damaged, or it was quantised wrongly."
    case .otherEvaluation(let file, let found, let expected):
      "\(file) holds results of another evaluation (\(found), not \(expected)): give another file to --resume."
    case .otherItem(let item):
      "The results to go on from do not fit the data at item \(item): give another file to --resume."
    case .badReference(let file, let reason):
      "\(file) is no usable file of reference logits: \(reason)."
    case .vocabulariesDiffer(let reference, let model):
      "The reference has a vocabulary of \(reference) tokens and the model one of \(model): "
        + "only models of one vocabulary can be compared."
    }
  }

  private static func missing(
    data task: String,
    _ option: String,
    _ names: [String],
    _ folders: [String]
  ) -> String {
    let places = folders.isEmpty ? "" : " in \(folders.joined(separator: ", "))"
    let folder =
      names.isEmpty
      ? "" : ", or set CHASKI_DATA to a folder that has \(names.joined(separator: " or "))"
    return "There is no data for \(task)\(places): give its file with \(option)\(folder)."
  }
}
