// Owns: an answer as its caller sees it: a sequence of events that can be cancelled.

/// The events of one request, which end after `GenerationEvent.finished`.
///
/// Errors are `GenerationError`, `SamplingError`, `ModelError`, `CacheError`, `TensorError`. The work stops
/// before the next step when `cancel` is called, when the task that iterates is cancelled, or when nobody
/// holds the answer any more. One task may iterate.
package struct BatchAnswer: AsyncSequence, Sendable {
  package typealias Element = GenerationEvent
  package typealias Failure = any Error

  private let ticket: BatchTicket
  private let events: AsyncThrowingStream<GenerationEvent, any Error>

  init(ticket: BatchTicket, events: AsyncThrowingStream<GenerationEvent, any Error>) {
    self.ticket = ticket
    self.events = events
  }

  /// The number of the request, unique in its engine.
  package var id: UInt64 { ticket.id }

  /// Ends the answer with what there is: its last event is `finished` with the reason `cancelled`.
  package func cancel() {
    ticket.cancel()
  }

  package func makeAsyncIterator() -> AsyncIterator {
    AsyncIterator(base: events.makeAsyncIterator())
  }

  /// Iterates over the events.
  package struct AsyncIterator: AsyncIteratorProtocol {
    fileprivate var base: AsyncThrowingStream<GenerationEvent, any Error>.Iterator

    package mutating func next() async throws -> GenerationEvent? {
      try await base.next()
    }

    package mutating func next(
      isolation actor: isolated (any Actor)?
    ) async throws(any Error) -> GenerationEvent? {
      try await base.next(isolation: actor)
    }
  }
}
