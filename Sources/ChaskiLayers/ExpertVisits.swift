// Owns: a step's tokens grouped by the experts that they visit.

import ChaskiTensors

/// The rows of a step that visit one expert, in order, with what the visits count.
struct ExpertVisits {
  let expert: Int
  private(set) var rows: [Int] = []
  private(set) var weights: [Float] = []

  private init(expert: Int) {
    self.expert = expert
  }

  /// The visits that `router` makes of the rows of `logits`, by ascending expert. [T, X]
  static func grouped(_ logits: Tensor, by router: any Router) -> [ExpertVisits] {
    var visits = (0..<logits.columns).map { ExpertVisits(expert: $0) }
    for row in 0..<logits.rows {
      for choice in router.choose(logits.row(row)) {
        visits[choice.expert].rows.append(row)
        visits[choice.expert].weights.append(choice.weight)
      }
    }
    return visits.filter { !$0.rows.isEmpty }
  }
}
