// Owns: what routes need of an engine, so that tests can put a scripted one in its place.

package import ChaskiGeneration

/// Continues texts; `BatchEngine` in the program, a script in tests.
package protocol TextEngine: Sendable {
  /// The most tokens of prompt and answer together.
  var contextLength: Int { get }

  /// Begins an answer; never blocks, errors are delivered too.
  func answer(
    _ request: GenerationRequest,
    for party: Party,
    deliver: @escaping GenerationSink
  ) -> any TextTicket

  /// Takes nothing new, finishes what runs and cancels the rest after `deadline`.
  func drain(within deadline: Duration) async

  /// What the engine has done and is doing, or nil if it does not tell; cheap.
  func snapshot() -> BatchSnapshot?
}

extension TextEngine {
  /// Nothing, of an engine that does not tell.
  package func snapshot() -> BatchSnapshot? { nil }
}

/// An answer in the making, as whoever asked for it may end it.
package protocol TextTicket: Sendable {
  /// Stops the work within one step.
  func cancel()
}
