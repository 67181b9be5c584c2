// Owns: putting the lines of many timelines together into full steps. Does not own: what lines are for.

import ChaskiGeneration
import ChaskiLayers
import ChaskiModels
import ChaskiTensors

/// Reads lines in order, as many tokens a step as its size allows, whichever line they are of.
///
/// A token's logits do not depend on what else is in its step, so the readings are those of each line
/// read alone.
struct StepQueue {
  private let model: LanguageModel
  private let rowLimit: Int
  private var lines: [Line] = []

  /// An empty queue, whose steps take `rowLimit` tokens.
  init(_ model: LanguageModel, rowLimit: Int) {
    self.model = model
    self.rowLimit = rowLimit
  }

  /// Tokens that could be read now.
  var waitingCount: Int { lines.reduce(0) { $0 + $1.remainingCount } }

  /// Adds lines behind all others.
  mutating func append(_ new: [Line]) { lines.append(contentsOf: new) }

  /// Runs one step and calls whoever's lines it completes; what they want read next goes to the front, so
  /// that what was begun first ends first.
  ///
  /// - Throws: `EvaluationError.unusableLogits`, `CacheError`, what a line's owner throws.
  mutating func step() throws {
    var room = rowLimit
    var counts: [Int] = []
    for line in lines where room > 0 {
      counts.append(min(room, line.remainingCount))
      room -= counts[counts.count - 1]
    }
    guard !counts.isEmpty else { return }
    let step = try model.architecture.step(
      zip(lines, counts).map { $0.input($1) },
      on: model.backend
    )
    let logits = model.architecture.logits(step, on: model.backend)
    let questions = zip(lines, counts).map { $0.nextQuestions($1) }
    var readings = try Self.read(logits, Array(questions.joined()), on: model.backend)[...]
    for (index, count) in counts.enumerated() {
      lines[index].advance(by: count, readings.prefix(questions[index].count))
      readings = readings.dropFirst(questions[index].count)
    }
    var next: [Line] = []
    for line in lines.prefix(counts.count) {
      if line.remainingCount > 0 {
        next.append(line)
      } else {
        next.append(contentsOf: try line.whenRead(line.readings))
      }
    }
    lines.replaceSubrange(0..<counts.count, with: next)
  }

  private static func read(
    _ logits: Tensor,
    _ questions: [[Int32]],
    on backend: CPUBackend
  ) throws -> [Line.Reading] {
    guard logits.rows > 0 else { return [] }
    return try zip(backend.distributions(of: logits), questions).enumerated().map { row, pair in
      let (distribution, tokens) = pair
      guard distribution.isFinite else { throw EvaluationError.unusableLogits }
      let values = tokens.map { logits.element(row: row, column: Int($0)) }
      return Line.Reading(
        logProbabilities: values.map(distribution.logProbability),
        areBest: values.map { $0 == distribution.maximum },
        best: Int32(distribution.best)
      )
    }
  }
}
