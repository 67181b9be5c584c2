// Owns: what a task is. Does not own: running it (Evaluation).

/// A benchmark: where its data is, how a line becomes a question, what is computed from the answers.
///
/// The definitions are those of lm-evaluation-harness, https://github.com/EleutherAI/lm-evaluation-harness.
package protocol EvaluationTask: Sendable {
  /// The name that commands and results use.
  static var name: String { get }
  /// One line for people.
  static var summary: String { get }
  /// What its data files may be called, the likeliest first.
  static var fileNames: [String] { get }
  /// What files of examples may be called.
  static var exampleFileNames: [String] { get }
  /// How many examples come before each question unless said otherwise.
  static var defaultExampleCount: Int { get }
  /// What is computed.
  static var metrics: [Metric] { get }

  /// The first items of `file`, at most `limit`.
  ///
  /// - Throws: `EvaluationError.badLine`.
  static func items(of file: TaskFile, limit: Int?) throws(EvaluationError) -> [EvaluationItem]
}

extension EvaluationTask {
  package static var exampleFileNames: [String] { [] }
  package static var defaultExampleCount: Int { 0 }
  package static var metrics: [Metric] { [.accuracy, .normalizedAccuracy, .byteAccuracy] }

  /// The items of all lines (up to `limit`), each of which is a JSON object.
  static func items<Line: Decodable>(
    of file: TaskFile,
    limit: Int?,
    _ type: Line.Type,
    _ item: (Line, _ index: Int) throws(EvaluationError) -> EvaluationItem
  ) throws(EvaluationError) -> [EvaluationItem] {
    var items: [EvaluationItem] = []
    for index in 0..<min(file.lines.count, limit ?? .max) {
      items.append(try item(try file.object(type, line: index), index))
    }
    return items
  }

  /// A choice among `choices`, checked.
  static func choice(
    _ prompt: String,
    _ choices: [String],
    correct: Int,
    _ file: TaskFile,
    line: Int
  ) throws(EvaluationError) -> EvaluationItem {
    guard choices.count >= 2, choices.count <= 64 else {
      throw file.problem(line: line, "it has \(choices.count) choices instead of 2 to 64")
    }
    guard choices.indices.contains(correct) else {
      throw file.problem(
        line: line,
        "its right answer is number \(correct), but there are 0 to \(choices.count - 1)"
      )
    }
    return EvaluationItem(prompt: prompt, answer: .choices(choices, correct: correct))
  }
}
