// Owns: GSM8K's data, prompts, and how an answer is read.

/// GSM8K: problems of school mathematics, solved in words.
///
/// Source: Cobbe et al. 2021, https://arxiv.org/abs/2110.14168. Reads JSON lines with "question" and "answer",
/// the solution, which ends in "#### " and the number.
package enum GSM8K: EvaluationTask {
  package static let name = "gsm8k"
  package static let summary = "problems of school mathematics, solved in words"
  package static let fileNames = ["gsm8k_test.jsonl"]
  package static let exampleFileNames = ["gsm8k_train.jsonl"]
  package static let defaultExampleCount = 5
  package static let metrics: [Metric] = [.strictMatch, .flexibleMatch]
  /// Where an answer ends.
  static let stopTexts = ["Question:", "</s>", "<|im_end|>"]
  private static let mark = "#### "

  private struct Line: Decodable {
    let question: String
    let answer: String
  }

  package static func items(
    of file: TaskFile,
    limit: Int?
  ) throws(EvaluationError) -> [EvaluationItem] {
    try items(of: file, limit: limit, Line.self) { line, _ in
      EvaluationItem(
        prompt: "Question: \(line.question)\nAnswer:",
        answer: .solution(line.answer)
      )
    }
  }

  /// What the model wrote, held against the solution.
  package static func grade(_ text: String, solution: String) -> [String: Double] {
    let expected = normalized(solution)
    return [
      Metric.strictMatch.name: markedNumber(text).map(normalized) == expected ? 1 : 0,
      Metric.flexibleMatch.name: lastNumber(text).map(normalized) == expected ? 1 : 0,
    ]
  }

  /// The number after the first mark that a number follows.
  package static func markedNumber(_ text: String) -> String? {
    var rest = Array(text.utf8)[...]
    let mark = Array(mark.utf8)
    while !rest.isEmpty {
      defer { rest = rest.dropFirst() }
      guard rest.starts(with: mark) else { continue }
      let after = rest.dropFirst(mark.count)
      let sign = after.prefix { $0 == UInt8(ascii: "-") }.prefix(1)
      let digits = after.dropFirst(sign.count).prefix { isDigit($0) || $0 == 0x2E || $0 == 0x2C }
      if !digits.isEmpty { return String(decoding: sign + digits, as: UTF8.self) }
    }
    return nil
  }

  /// The last that looks like a number: digits, or two or more of digits, "$", "." and ",".
  package static func lastNumber(_ text: String) -> String? {
    var rest = Array(text.utf8)[...]
    var last: String?
    while !rest.isEmpty {
      let sign = rest.prefix(1).prefix { $0 == UInt8(ascii: "-") }
      let after = rest.dropFirst(sign.count)
      let loose = after.prefix { isDigit($0) || [0x24, 0x2E, 0x2C].contains($0) }
      let digits = after.prefix(while: isDigit)
      let found = loose.count >= 2 ? loose : digits
      if found.isEmpty {
        rest = rest.dropFirst()
      } else {
        last = String(decoding: sign + found, as: UTF8.self)
        rest = rest.dropFirst(sign.count + found.count)
      }
    }
    return last
  }

  /// The text as it is compared: without commas, dollars, what comes before the last mark, a last full stop.
  private static func normalized(_ text: String) -> String {
    var text = text.replacing(",", with: "").replacing("$", with: "")
    if let range = text.ranges(of: mark).last { text = String(text[range.upperBound...]) }
    if text.hasSuffix(".") { text.removeLast() }
    return text.lowercased()
  }

  private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
}
