// Owns: what an interrupt means, from when it came and what was going on.

/// Decides between stopping the current work and ending the program.
package struct InterruptPolicy: Sendable, Equatable {
  /// What an interrupt asks for.
  package enum Action: Sendable, Equatable {
    /// Stop the current work, and go on.
    case cancelWork
    /// End the program.
    case endProgram
  }

  /// How soon a second interrupt ends the program.
  package static let patience = Duration.seconds(2)

  private var lastInterrupt: Duration?

  /// No interrupt has come yet.
  package init() {}

  /// What the interrupt at `time` asks for; times are from one clock and do not go back.
  package mutating func interrupt(at time: Duration, isWorking: Bool) -> Action {
    defer { lastInterrupt = time }
    if let lastInterrupt, time - lastInterrupt < InterruptPolicy.patience { return .endProgram }
    return isWorking ? .cancelWork : .endProgram
  }

  /// Forgets the last interrupt: the work it stopped has ended.
  package mutating func workEnded() { lastInterrupt = nil }
}
