// Owns: what an evaluation found out.

/// The figures of a task, so far or at the end.
package struct EvaluationResult: Sendable, Equatable, Codable {
  /// The task's name.
  package let task: String
  /// How many examples came before each question.
  package let examples: Int
  /// How many items were asked for.
  package let items: Int
  /// How many have been answered; fewer if the evaluation was stopped.
  package let answered: Int
  /// How many contexts lost their beginning because they did not fit.
  package let shortened: Int
  /// The figures over the items that have been answered.
  package let metrics: [MetricValue]

  /// Whether all items have been answered.
  package var isComplete: Bool { answered == items }

  /// The figures of `results`.
  init(
    _ task: any EvaluationTask.Type,
    examples: Int,
    items: Int,
    _ results: some Collection<ItemResult>
  ) {
    self.task = task.name
    self.examples = examples
    self.items = items
    answered = results.count
    shortened = results.count { $0.isShortened }
    metrics = task.metrics.compactMap { metric in
      MetricValue(metric, of: results.compactMap { $0.values[metric.name] })
    }
  }
}
