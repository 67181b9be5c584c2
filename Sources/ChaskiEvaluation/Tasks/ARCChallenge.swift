// Owns: ARC's data and prompts, which both of its sets share, and its hard set.

/// The questions of the AI2 Reasoning Challenge.
///
/// Source: Clark et al. 2018, https://arxiv.org/abs/1803.05457. Reads JSON lines with "question", the choices as
/// the hub writes them ("choices": {"text", "label"}) or as a list ("options": [{"text", "label"}]), and the
/// right one's label as "answerKey" or "answer".
private struct ARCLine: Decodable {
  struct Choices: Decodable {
    let text: [String]
    let label: [String]
  }

  struct Option: Decodable {
    let text: String
    let label: String
  }

  let question: String
  let choices: Choices?
  let options: [Option]?
  let answerKey: NumberOrText?
  let answer: NumberOrText?
}

/// ARC's hard set.
package enum ARCChallenge: EvaluationTask {
  package static let name = "arc_challenge"
  package static let summary = "science questions of schools, the hard set"
  package static let fileNames = ["arc_challenge_test.jsonl", "ARC-Challenge-Test.jsonl"]
  package static let exampleFileNames = ["arc_challenge_train.jsonl"]

  package static func items(
    of file: TaskFile,
    limit: Int?
  ) throws(EvaluationError) -> [EvaluationItem] {
    try items(of: file, limit: limit, ARCLine.self) { line, index throws(EvaluationError) in
      let texts = line.choices?.text ?? line.options?.map(\.text)
      let labels = line.choices?.label ?? line.options?.map(\.label)
      guard let texts, let labels, texts.count == labels.count else {
        throw file.problem(
          line: index,
          "it has neither \"choices\" nor \"options\" with a label each"
        )
      }
      guard let key = line.answerKey ?? line.answer, let correct = labels.firstIndex(of: key.text)
      else {
        throw file.problem(line: index, "its \"answerKey\" is not the label of a choice")
      }
      return try choice(
        "Question: \(line.question)\nAnswer:",
        texts,
        correct: correct,
        file,
        line: index
      )
    }
  }
}
