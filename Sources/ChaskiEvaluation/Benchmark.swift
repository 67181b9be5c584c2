// Owns: measuring prefill and decode. Does not own: how figures are shown.

package import ChaskiGeneration

/// Runs a plan on a model.
package struct Benchmark: Sendable {
  private let plan: BenchmarkPlan

  /// A run of `plan`.
  ///
  /// - Throws: `EvaluationError.invalidOption` for numbers that make no sense.
  package init(_ plan: BenchmarkPlan) throws {
    try plan.check()
    self.plan = plan
  }

  /// Measures everything in the plan; `report` is told each figure as it is known.
  ///
  /// Depths come in ascending order, so that each fills the cache only from the one before it.
  ///
  /// - Throws: what the model throws, `CancellationError`.
  package func run(
    with engine: InferenceEngine,
    report: @Sendable (BenchmarkFigure) -> Void
  ) async throws {
    for cacheType in plan.cacheTypes {
      try await engine.perform { model, _ in
        var run = try BenchmarkRun(plan, cacheType: cacheType, model)
        try run.measure(report: report)
      }
    }
  }
}
