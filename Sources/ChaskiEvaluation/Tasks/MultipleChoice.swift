// Owns: multiple choice with the user's own questions.

/// Questions of a user: one JSON object a line, {"prompt": text, "choices": [texts], "answer": number from 0}.
package enum MultipleChoice: EvaluationTask {
  package static let name = "choices"
  package static let summary = "multiple choice with questions of your own"
  package static let fileNames: [String] = []

  private struct Line: Decodable {
    let prompt: String
    let choices: [String]
    let answer: Int
  }

  package static func items(
    of file: TaskFile,
    limit: Int?
  ) throws(EvaluationError) -> [EvaluationItem] {
    try items(of: file, limit: limit, Line.self) { line, index throws(EvaluationError) in
      try choice(line.prompt, line.choices, correct: line.answer, file, line: index)
    }
  }
}
