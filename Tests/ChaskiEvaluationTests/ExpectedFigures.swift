// Owns: the fixtures of tasks, and what lm-evaluation-harness made of them.

import ChaskiTestSupport
import ChaskiEvaluation
import ChaskiGeneration
import ChaskiTensors
import Foundation

/// `Fixtures/expected.json`, which `scripts/make-evaluation-references.py` writes.
struct ExpectedFigures: Decodable {
  struct Task: Decodable {
    /// For each item, a response for each request.
    let samples: [[Response]]
    /// Figures and standard errors by name.
    let figures: [String: Double]
  }

  enum Response: Decodable {
    case score(Double, isGreedy: Bool)
    case text(String)

    init(from decoder: any Decoder) throws {
      if let text = try? decoder.singleValueContainer().decode(String.self) {
        self = .text(text)
      } else {
        var pair = try decoder.unkeyedContainer()
        self = .score(try pair.decode(Double.self), isGreedy: try pair.decode(Bool.self))
      }
    }
  }

  let tasks: [String: Task]
  /// Texts, the number after their mark, and their last number.
  let numbers: [[String?]]

  static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "Fixtures")

  static func load() throws -> ExpectedFigures {
    try JSONDecoder().decode(
      ExpectedFigures.self,
      from: Data(contentsOf: folder.appending(path: "expected.json"))
    )
  }

  static func path(_ name: String) -> String { folder.appending(path: name).path }
}

/// A task with its fixture.
enum TaskFixture: String, CaseIterable, Sendable {
  case choices, hellaswag, piqa
  case arc = "arc_challenge"
  case lambada = "lambada_openai"
  case gsm8k

  var task: any EvaluationTask.Type {
    switch self {
    case .choices: MultipleChoice.self
    case .hellaswag: HellaSwag.self
    case .piqa: PIQA.self
    case .arc: ARCChallenge.self
    case .lambada: Lambada.self
    case .gsm8k: GSM8K.self
    }
  }

  func items() throws -> [EvaluationItem] {
    let name = rawValue.prefix { $0 != "_" }
    let labels = self == .piqa ? ExpectedFigures.path("piqa-labels.lst") : nil
    return try task.items(
      of: TaskFile(path: ExpectedFigures.path("\(name).jsonl"), labelPath: labels),
      limit: nil
    )
  }

  func evaluation(_ options: EvaluationOptions) throws -> Evaluation {
    let examples =
      self == .gsm8k
      ? try GSM8K.items(
        of: TaskFile(path: ExpectedFigures.path("gsm8k-examples.jsonl")),
        limit: nil
      ) : []
    return Evaluation(task, items: try items(), examples: examples, options: options)
  }

  /// The small real model that the expected figures are of.
  static func model(threads: Int = 1) async throws -> LanguageModel {
    try await LanguageModel.load(
      path: Shared.url("data/stories260K/stories260K.gguf").path,
      on: CPUBackend(threadCount: threads)
    )
  }
}
