// Owns: what one step is to compute. Does not own: choosing it (StepPlanner).

/// The sequences of one step.
package struct StepPlan: Sendable {
  /// Some tokens of a text that is being read.
  package struct Piece: Sendable, Equatable {
    /// The request.
    package let id: UInt64
    /// How many tokens.
    package let count: Int
    /// What they cost its team.
    package let cost: Double
    /// Whether they are all that was left.
    package let isLast: Bool
  }

  /// The requests that get a token.
  package var rows: [UInt64] = []
  /// What is read.
  package var pieces: [Piece] = []
  /// How many tokens may still be read.
  package var promptBudget = 0
  /// Whether anyone may still come into the cache in this step.
  var isClosed = false
  /// Whether nothing more is read but for teams that have no token yet.
  var isShort = false
  /// Teams of which nobody more may.
  var closedTeams: Set<String> = []

  /// Whether there is nothing to compute.
  package var isEmpty: Bool { rows.isEmpty && pieces.isEmpty }
}
