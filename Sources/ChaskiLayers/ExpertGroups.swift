// Owns: the groups that experts are chosen from, first groups, then experts.

/// Experts in groups of equal size, of which a token may visit a few.
///
/// Experts of a group lie on one machine where they were trained, so few groups mean few messages.
/// Source: DeepSeek-AI 2024, https://arxiv.org/abs/2405.04434, section 2.2.2.
package struct ExpertGroups: Sendable, Equatable {
  /// How many groups there are.
  package let count: Int
  /// How many of them a token may visit.
  package let usedCount: Int

  /// All experts in one group, of which a token visits one.
  package static let one = ExpertGroups(count: 1, usedCount: 1)

  /// Groups, of which there is at least one.
  package init(count: Int, usedCount: Int) {
    precondition(count > 0 && (1...count).contains(usedCount), "\(usedCount) of \(count) groups")
    self.count = count
    self.usedCount = usedCount
  }

  /// The `chosenCount` experts of the largest `scores` in the groups of the largest `groupScore`. [X]
  func choose(
    _ chosenCount: Int,
    scores: [Float],
    groupScore: (ArraySlice<Float>) -> Float
  ) -> [Int] {
    guard count > 1 else { return scores.indicesOfLargest(chosenCount) }
    let size = scores.count / count
    let groups = (0..<count).map { scores[$0 * size..<($0 + 1) * size] }
    let open = groups.map(groupScore).indicesOfLargest(usedCount).sorted()
    // Experts of the open groups, one after the other: indices into `candidates`.
    let candidates = open.flatMap { groups[$0] }
    return candidates.indicesOfLargest(chosenCount).map { open[$0 / size] * size + $0 % size }
  }
}
