// Owns: how an evaluation uses its model.

package import ChaskiTensors

/// How questions are asked.
package struct EvaluationOptions: Sendable, Equatable {
  /// The most tokens that are read for an item, generated ones included; the model's own limit if nil.
  package var contextLength: Int?
  /// How keys and values are stored.
  package var cacheType = CacheType.f16
  /// Tokens that one step takes, of however many items.
  package var stepLength = 96
  /// How many answers are written at once.
  package var parallelAnswers = 8
  /// The most tokens of a written answer.
  package var answerLength = 256

  /// The harness's definitions and a 16-bit cache.
  package init() {}

  /// Throws unless every number makes sense for a model of this context, which may have to write answers.
  ///
  /// - Throws: `EvaluationError.invalidOption`.
  func check(modelContext: Int, writes: Bool) throws(EvaluationError) {
    try Self.check(contextLength ?? modelContext, "context", 2...1 << 24)
    try Self.check(stepLength, "chunk", 1...65_536)
    try Self.check(parallelAnswers, "sequences", 1...1024)
    let answerLimit = writes ? max((contextLength ?? modelContext) - 1, 1) : Int.max
    try Self.check(answerLength, "max-tokens", 1...answerLimit)
  }

  private static func check(
    _ value: Int,
    _ name: String,
    _ allowed: ClosedRange<Int>
  ) throws(EvaluationError) {
    guard allowed.contains(value) else {
      throw .invalidOption(
        name: name,
        value: "\(value)",
        allowed: "from \(allowed.lowerBound) to \(allowed.upperBound)"
      )
    }
  }
}
