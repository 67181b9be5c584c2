// Owns: LAMBADA's data and prompts.

/// LAMBADA: the last word of a passage, which needs the whole passage.
///
/// Source: Paperno et al. 2016, https://arxiv.org/abs/1606.06031. Reads JSON lines with "text"; the last
/// word is what stands after the last space.
package enum Lambada: EvaluationTask {
  package static let name = "lambada"
  package static let summary = "the last word of a passage"
  package static let fileNames = ["lambada_test.jsonl", "lambada_openai_test.jsonl"]
  package static let metrics: [Metric] = [.perplexity, .accuracy]

  private struct Line: Decodable {
    let text: String
  }

  package static func items(
    of file: TaskFile,
    limit: Int?
  ) throws(EvaluationError) -> [EvaluationItem] {
    try items(of: file, limit: limit, Line.self) { line, index throws(EvaluationError) in
      guard let space = line.text.lastIndex(of: " ") else {
        throw file.problem(line: index, "its text is a single word")
      }
      return EvaluationItem(
        prompt: String(line.text[..<space]),
        answer: .continuation(String(line.text[line.text.index(after: space)...]))
      )
    }
  }
}
