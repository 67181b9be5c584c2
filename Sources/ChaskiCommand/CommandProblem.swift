// Owns: every way a command can refuse what it was given, beyond what its options' syntax says.
// Does not own: refusals of the modules below, which have their own words.

/// Why a command could not do what was asked.
enum CommandProblem: Error, Equatable {
  /// There is neither an argument, a file nor anything on standard input.
  case noText
  /// The text to answer holds nothing but space.
  case emptyPrompt
  /// There is no file at the path.
  case noFile(path: String)
  /// The path is a folder's.
  case folder(path: String)
  /// What stands at the path is a device, a pipe or the like, and replacing it would do harm.
  case notRegular(path: String)
  /// Something stands where a result should be written.
  case exists(path: String)
  /// The system does not let the file be read.
  case unreadable(path: String, reason: String)
  /// The system does not let the file be written.
  case unwritable(path: String, reason: String)
  /// The text is longer than any that is read.
  case tooLong(path: String, limit: Int)
  /// The text has fewer tokens than are needed.
  case shortText(tokenCount: Int, least: Int)
  /// The model has no chat template to show.
  case noTemplate(path: String)
  /// A token id is not one of the model's.
  case unknownToken(id: Int32, count: Int)
  /// A file of examples has fewer than were asked for.
  case tooFewExamples(path: String, count: Int, wanted: Int)
  /// A model that should be removed is not there.
  case notInstalled(name: String)
  /// A file does not hold a saved conversation.
  case notConversation(path: String, reason: String)
  /// `/set` was given an option or value that does not exist; the text says which.
  case setting(String)
}

extension CommandProblem: CustomStringConvertible {
  /// One sentence that says what to change.
  var description: String {
    switch self {
    case .noText: "There is no text: give one as an argument, with --file, or on standard input."
    case .emptyPrompt:
      "The prompt is empty: give a text to answer (--raw begins a text from nothing)."
    case .noFile(let path): "There is no file at \(path)."
    case .folder(let path): "\(path) is a folder; give the path of a file."
    case .notRegular(let path):
      "\(path) is not a regular file, and writing would replace it; give another path."
    case .exists(let path): "\(path) is there already: --force replaces it."
    case .unreadable(let path, let reason): "\(path) cannot be read: \(reason)."
    case .unwritable(let path, let reason): "\(path) cannot be written: \(reason)."
    case .tooLong(let path, let limit):
      "\(path) holds more than \(limit / 1_000_000) MB of text, which is more than Chaski reads at once."
    case .shortText(let tokenCount, let least):
      "The text has \(tokenCount) tokens, but at least \(least) are needed: give a longer one."
    case .noTemplate(let path): "\(path) has no chat template."
    case .unknownToken(let id, let count):
      "Token \(id) is not in the model's vocabulary, whose ids are 0 to \(count - 1)."
    case .tooFewExamples(let path, let count, let wanted):
      "\(path) has \(count) examples instead of \(wanted): give a longer file or a smaller --few-shot."
    case .notInstalled(let name): "There is no installed model \(name); `chaski list` shows them."
    case .notConversation(let path, let reason): "\(path) holds no saved conversation: \(reason)"
    case .setting(let text): text
    }
  }
}
