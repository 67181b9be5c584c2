// Owns: what `chaski eval --json` prints, without the time it took.

/// The figures of a task, as scripts read them.
struct EvaluationFigures: Decodable, Equatable {
  struct Metric: Decodable, Equatable {
    let name: String
    let value: Double
    let standardError: Double?
  }

  let model: String
  let task: String
  let examples: Int
  let items: Int
  let answered: Int
  let shortened: Int
  let isComplete: Bool
  let metrics: [Metric]
}
