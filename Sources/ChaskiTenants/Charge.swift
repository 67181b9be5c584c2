// Owns: the two amounts that budgets count.

/// An amount of what teams have budgets for.
struct Charge: Sendable, Hashable {
  /// Tokens of prompts and answers.
  var tokens: Int64 = 0
  /// Seconds of computing.
  var computeSeconds: Double = 0

  static func += (left: inout Charge, right: Charge) {
    left.tokens += right.tokens
    left.computeSeconds += right.computeSeconds
  }

  static func -= (left: inout Charge, right: Charge) {
    left.tokens -= right.tokens
    left.computeSeconds -= right.computeSeconds
  }
}
