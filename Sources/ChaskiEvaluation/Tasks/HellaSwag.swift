// Owns: HellaSwag's data and prompts.

/// HellaSwag: which of four endings goes on with what happened.
///
/// Source: Zellers et al. 2019, https://arxiv.org/abs/1905.07830. Reads the JSON lines of the hub and the
/// text of llama.cpp, six lines an item: context, number of the right ending, four endings.
package enum HellaSwag: EvaluationTask {
  package static let name = "hellaswag"
  package static let summary = "which of four endings goes on with what happened"
  package static let fileNames = [
    "hellaswag_val.jsonl", "hellaswag_validation.jsonl", "hellaswag_val_full.txt",
  ]
  package static let exampleFileNames = ["hellaswag_train.jsonl"]

  private struct Line: Decodable {
    let activity: String
    let begun: String
    let begins: String
    let endings: [String]
    let label: NumberOrText

    enum CodingKeys: String, CodingKey {
      case activity = "activity_label"
      case begun = "ctx_a"
      case begins = "ctx_b"
      case endings, label
    }
  }

  package static func items(
    of file: TaskFile,
    limit: Int?
  ) throws(EvaluationError) -> [EvaluationItem] {
    guard file.lines.first?.first == "{" else { return try textItems(of: file, limit: limit) }
    return try items(of: file, limit: limit, Line.self) { line, index throws(EvaluationError) in
      try choice(
        cleaned("\(line.activity): \(line.begun) \(capitalized(line.begins))"),
        line.endings.map(cleaned),
        correct: try line.label.number(file, line: index),
        file,
        line: index
      )
    }
  }

  private static func textItems(
    of file: TaskFile,
    limit: Int?
  ) throws(EvaluationError) -> [EvaluationItem] {
    guard file.lines.count % 6 == 0 else {
      throw file.problem(
        line: file.lines.count - 1,
        "the file has \(file.lines.count) lines, but each item takes 6"
      )
    }
    var items: [EvaluationItem] = []
    for start in stride(from: 0, to: file.lines.count, by: 6).prefix(limit ?? .max) {
      guard let correct = Int(file.lines[start + 1]) else {
        throw file.problem(line: start + 1, "it is not the number of the right ending")
      }
      items.append(
        try choice(
          file.lines[start],
          Array(file.lines[start + 2..<start + 6]),
          correct: correct,
          file,
          line: start
        )
      )
    }
    return items
  }

  /// The text without what WikiHow's pages left in it.
  static func cleaned(_ text: String) -> String {
    let trimmed = text.trimmed.replacing(" [title]", with: ". ")
    var result = ""
    var rest = trimmed[...]
    // From each bracket to the next closing one on its line.
    while let open = rest.firstIndex(of: "[") {
      let line = rest[open...].prefix { !$0.isNewline }
      guard let close = line.firstIndex(of: "]") else {
        result += rest[...open]
        rest = rest[rest.index(after: open)...]
        continue
      }
      result += rest[..<open]
      rest = rest[rest.index(after: close)...]
    }
    return (result + rest).replacing("  ", with: " ")
  }

  /// The text with a capital at its beginning and none elsewhere.
  static func capitalized(_ text: String) -> String {
    text.prefix(1).uppercased() + text.dropFirst().lowercased()
  }
}
