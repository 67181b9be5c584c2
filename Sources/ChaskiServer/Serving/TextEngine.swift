// Owns: what routes need of an engine, so that tests can put a scripted one in its place.

package import ChaskiGeneration

/// Continues texts; `BatchEngine` in the program, a script in tests.
package protocol TextEngine: Sendable {
  /// The most tokens of prompt and answer together.
  var contextLength: Int { get }

  /// Begins an answer; never blocks, errors arrive through the answer.
  func answer(_ request: GenerationRequest, for party: Party) -> any TextAnswer

  /// Takes nothing new, finishes what runs and cancels the rest after `deadline`.
  func drain(within deadline: Duration) async
}

/// An answer in the making: events up to `.finished`.
package protocol TextAnswer: AsyncSequence, Sendable where Element == GenerationEvent {
  /// Stops the work within one step.
  func cancel()
}
