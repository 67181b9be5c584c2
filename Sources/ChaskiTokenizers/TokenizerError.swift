// Owns: everything that can be wrong with a vocabulary, and how it is said.

/// What is wrong with a tokenizer's files.
///
/// Text never fails to tokenize: errors come from vocabularies only.
package enum TokenizerError: Error, Equatable, Sendable {
  /// A string table whose ends fall or leave its buffer.
  case malformedStringTable(index: Int, end: Int, byteCount: Int)
  /// The vocabulary has no tokens.
  case emptyVocabulary
  /// More tokens than an id can name, or longer tables than the engine takes.
  case tooLarge(what: String, count: Int, limit: Int)
  /// A table with fewer or more entries than there are tokens.
  case countMismatch(table: String, expected: Int, found: Int)
  /// An id outside the vocabulary.
  case idOutOfRange(name: String, id: Int, vocabularyCount: Int)
  /// Two tokens with one id.
  case duplicateID(id: Int)
  /// One piece of text with two ids.
  case duplicateToken(piece: String, first: Int, second: Int)
  /// A token type that the format does not define.
  case unknownTokenType(id: Int, type: Int)
  /// A score that is not a number.
  case invalidScore(id: Int)
  /// A byte token that does not name a byte as `<0xHH>`.
  case malformedByteToken(id: Int, piece: String)
  /// A byte-pair vocabulary without its merges.
  case missingMerges
  /// A merge that is not two pieces.
  case malformedMerge(index: Int, text: String)
  /// A merge of, or into, a piece that is not a token.
  case unknownMerge(index: Int, piece: String)
  /// A token that the rest of the file needs and the vocabulary lacks.
  case missingToken(name: String)
  /// A kind of tokenizer that is not supported.
  case unsupportedModel(String)
  /// A pre-tokenizer that is not supported.
  case unsupportedPreTokenizer(String)
  /// A setting that is not supported, and where it stands.
  case unsupportedSetting(key: String, value: String)
  /// Text that is not JSON, or too deep.
  case malformedJSON(offset: Int, reason: String)
  /// A JSON value that is missing or of the wrong type.
  case malformedField(path: String, expected: String)
  /// Bytes that are not a SentencePiece model.
  case malformedProtobuf(offset: Int, reason: String)
  /// A line of a rank file that is not "base64 rank".
  case malformedRankLine(line: Int)
  /// A precompiled character map that points outside itself.
  case malformedCharacterMap(offset: Int)
}

extension TokenizerError: CustomStringConvertible {
  /// One sentence that says what is wrong and where.
  package var description: String {
    switch self {
    case .malformedStringTable(let index, let end, let byteCount):
      "string \(index) of the vocabulary ends at \(end), outside its \(byteCount) bytes"
    case .emptyVocabulary: "the vocabulary has no tokens"
    case .tooLarge(let what, let count, let limit):
      "the vocabulary has \(count) \(what); the limit is \(limit)"
    case .countMismatch(let table, let expected, let found):
      "the vocabulary's \(table) has \(found) entries for \(expected) tokens"
    case .idOutOfRange(let name, let id, let count):
      "\(name) is token \(id), outside the vocabulary of \(count) tokens"
    case .duplicateID(let id): "two tokens of the vocabulary have the id \(id)"
    case .duplicateToken(let piece, let first, let second):
      "tokens \(first) and \(second) of the vocabulary are both \(quoted(piece))"
    case .unknownTokenType(let id, let type): "token \(id) has the unknown type \(type)"
    case .invalidScore(let id): "the score of token \(id) is not a number"
    case .malformedByteToken(let id, let piece):
      "token \(id) is a byte token but \(quoted(piece)) does not name a byte as <0xHH>"
    case .missingMerges: "the vocabulary is a byte-pair encoding without its merges"
    case .malformedMerge(let index, let text):
      "merge \(index) is \(quoted(text)) rather than two pieces with a space between"
    case .unknownMerge(let index, let piece):
      "merge \(index) names \(quoted(piece)), which is not a token"
    case .missingToken(let name): "the vocabulary lacks the token \(quoted(name))"
    case .unsupportedModel(let name): "tokenizers of the kind \(quoted(name)) are not supported"
    case .unsupportedPreTokenizer(let name):
      "the pre-tokenizer \(quoted(name)) is not supported"
    case .unsupportedSetting(let key, let value):
      "the tokenizer's setting \(key) = \(quoted(value)) is not supported"
    case .malformedJSON(let offset, let reason):
      "the tokenizer's JSON is broken at byte \(offset): \(reason)"
    case .malformedField(let path, let expected):
      "the tokenizer's field \(path) should be \(expected)"
    case .malformedProtobuf(let offset, let reason):
      "the SentencePiece model is broken at byte \(offset): \(reason)"
    case .malformedRankLine(let line):
      "line \(line) of the rank file is not a base64 string and a rank"
    case .malformedCharacterMap(let offset):
      "the normaliser's character map points outside itself at \(offset)"
    }
  }

  private func quoted(_ text: String) -> String {
    let short = text.prefix(80)
    return "'\(short)\(short.endIndex == text.endIndex ? "" : "...")'"
  }
}
