// Owns: how the figures of a task look, as JSON and as a table.

import ChaskiEvaluation
import ChaskiTerminal
import Foundation

/// The figures of a task with what they are of.
struct EvalReport: Encodable {
  /// The model, as the user named it.
  let model: String
  /// How long this run took; what it went on from not counted.
  let seconds: Double
  let result: EvaluationResult

  private enum Key: String, CodingKey {
    case model, seconds, task, examples, items, answered, shortened, metrics, isComplete
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(model, forKey: .model)
    try container.encode(seconds, forKey: .seconds)
    try container.encode(result.task, forKey: .task)
    try container.encode(result.examples, forKey: .examples)
    try container.encode(result.items, forKey: .items)
    try container.encode(result.answered, forKey: .answered)
    try container.encode(result.shortened, forKey: .shortened)
    try container.encode(result.metrics, forKey: .metrics)
    try container.encode(result.isComplete, forKey: .isComplete)
  }

  /// The figures for people.
  static func table(_ result: EvaluationResult, model: String, seconds: Double) -> String {
    var table = TableFormatter(columns: [
      ("metric", .left), ("value", .right), ("standard error", .right),
    ])
    for metric in result.metrics {
      let error = metric.standardError.map { String(format: "%.4f", $0) } ?? ""
      table.add([metric.name, String(format: "%.4f", metric.value), error])
    }
    let items = result.items == 1 ? "1 item" : "\(result.items) items"
    let count = result.isComplete ? items : "\(result.answered) of \(items)"
    let examples = result.examples == 1 ? "1 example" : "\(result.examples) examples"
    var lines = [
      "\(result.task), \(model), \(count), \(examples), " + String(format: "%.1f s", seconds)
    ]
    if result.shortened > 0 {
      lines.append("\(result.shortened) contexts lost their beginning: they were too long.")
    }
    lines += table.lines
    return lines.map { TerminalSanitizer.visibleOnOneLine($0) + "\n" }.joined()
  }
}
