// Owns: a request on its way from its caller to the engine's queue.

/// A checked request and where its events go.
struct BatchSubmission: Sendable {
  let id: UInt64
  let request: GenerationRequest
  let party: Party
  let answer: Answer
  let deliver: GenerationSink
  let time: ContinuousClock.Instant
}
