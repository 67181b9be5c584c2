// Owns: numbers that data files write as numbers or as text.

/// A value that some files write `1` and others `"1"`.
enum NumberOrText: Decodable {
  case number(Int)
  case text(String)

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let number = try? container.decode(Int.self) {
      self = .number(number)
    } else {
      self = .text(try container.decode(String.self))
    }
  }

  /// The value as text.
  var text: String {
    switch self {
    case .number(let number): "\(number)"
    case .text(let text): text
    }
  }

  /// The value as a number.
  ///
  /// - Throws: `EvaluationError.badLine` for a text that is none.
  func number(_ file: TaskFile, line: Int) throws(EvaluationError) -> Int {
    guard let number = Int(text) else {
      throw file.problem(line: line, "\"label\" is not a number")
    }
    return number
  }
}

extension String {
  /// The text without white space at its ends.
  var trimmed: String {
    String(drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
  }
}
