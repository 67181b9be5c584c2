// Owns: what the experts that were chosen count.

/// What scores become when their experts are chosen.
package enum ExpertWeighting: Sendable, Equatable {
  /// The scores, times `scale`.
  case scores(scale: Float)
  /// The scores over their sum, times `scale`.
  case shares(scale: Float)

  /// The weights of `experts` with these scores, by ascending index of the expert. [X]
  func callAsFunction(_ experts: [Int], scores: [Float]) -> [ExpertChoice] {
    let experts = experts.sorted()
    let factor: Float
    switch self {
    case .scores(let scale): factor = scale
    case .shares(let scale):
      // The smallest number keeps scores that are all zero from dividing by it.
      factor = scale / (experts.reduce(0) { $0 + scores[$1] } + 1e-20)
    }
    return experts.map { ExpertChoice(expert: $0, weight: scores[$0] * factor) }
  }
}
