// Owns: asking a model the questions of a task. Does not own: the questions (EvaluationTask), how texts are
// scored (ChoiceGroup, GreedyWriter), how results are shown.

package import ChaskiGeneration
import ChaskiModels

/// A task with its questions and examples.
package struct Evaluation: Sendable {
  /// The task.
  package let task: any EvaluationTask.Type
  /// The questions.
  package let items: [EvaluationItem]
  /// The examples that come before each question.
  package let examples: [EvaluationItem]
  private let options: EvaluationOptions

  /// An evaluation of `items`; all of `examples` come before each of them.
  package init(
    _ task: any EvaluationTask.Type,
    items: [EvaluationItem],
    examples: [EvaluationItem] = [],
    options: EvaluationOptions = EvaluationOptions()
  ) {
    self.task = task
    self.items = items
    self.examples = examples
    self.options = options
  }

  /// Asks `model` everything that `log` has no answer to.
  ///
  /// `report` is told after every step that answers something how many have been answered, and can ask for the figures over them.
  /// Cancelling the task ends the evaluation after the current step, with what there is so far.
  ///
  /// - Throws: `EvaluationError`, `GenerationError.noTokenizer`, `CacheError`.
  package func run(
    on model: LanguageModel,
    log: ResultLog? = nil,
    report: @Sendable (_ answered: Int, _ current: () -> EvaluationResult) -> Void = { _, _ in }
  ) async throws -> EvaluationResult {
    try options.check(modelContext: model.architecture.contextLength, writes: writes)
    let known = try known(log)
    let run = try EvaluationRun(self, options, model)
    return try await EvaluationQueue().perform {
      try run.answers(known: known, log: log, report: report)
    }
  }

  /// Whether the model is to write answers.
  var writes: Bool {
    if case .solution = items.first?.answer { return true }
    return false
  }

  /// What `results` say of this evaluation.
  func result(_ results: [Int: ItemResult]) -> EvaluationResult {
    // In one order: sums of floats depend on it, and a dictionary's differs from run to run.
    let sorted = results.sorted { $0.key < $1.key }.map(\.value)
    return EvaluationResult(task, examples: examples.count, items: items.count, sorted)
  }

  private func known(_ log: ResultLog?) throws(EvaluationError) -> [Int: ItemResult] {
    var known: [Int: ItemResult] = [:]
    for index in items.indices {
      guard let result = log?.results[index] else { continue }
      guard result.hash == ItemResult.hash(of: items[index]),
        task.metrics.allSatisfy({ result.values[$0.name]?.isFinite == true })
      else { throw .otherItem(item: index) }
      known[index] = result
    }
    return known
  }
}
