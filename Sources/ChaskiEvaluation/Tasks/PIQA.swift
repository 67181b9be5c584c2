// Owns: PIQA's data and prompts.

/// PIQA: which of two ways does what is wanted in the physical world.
///
/// Source: Bisk et al. 2019, https://arxiv.org/abs/1911.11641. Reads JSON lines with "goal", "sol1", "sol2"
/// and "label", or without it and one label a line in a file of labels.
package enum PIQA: EvaluationTask {
  package static let name = "piqa"
  package static let summary = "which of two ways works in the physical world"
  package static let fileNames = ["piqa_valid.jsonl", "piqa_validation.jsonl", "valid.jsonl"]
  package static let exampleFileNames = ["piqa_train.jsonl"]

  private struct Line: Decodable {
    let goal: String
    let sol1: String
    let sol2: String
    let label: NumberOrText?
  }

  package static func items(
    of file: TaskFile,
    limit: Int?
  ) throws(EvaluationError) -> [EvaluationItem] {
    if let labels = file.labels, labels.count != file.lines.count {
      throw file.problem(
        line: min(labels.count, file.lines.count) - 1,
        "there are \(labels.count) labels for \(file.lines.count) questions"
      )
    }
    return try items(of: file, limit: limit, Line.self) { line, index throws(EvaluationError) in
      let correct: Int
      if let label = line.label {
        correct = try label.number(file, line: index)
      } else if let labels = file.labels {
        correct = labels[index]
      } else {
        throw file.problem(line: index, "it has no \"label\"; give the file of labels")
      }
      return try choice(
        "Question: \(line.goal)\nAnswer:",
        [line.sol1, line.sol2],
        correct: correct,
        file,
        line: index
      )
    }
  }
}
