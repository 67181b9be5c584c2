// Owns: a request as whoever made it may end it.

/// A request in an engine.
package struct BatchTicket: Sendable {
  /// The number of the request, unique in its engine.
  package let id: UInt64
  private let inbox: BatchInbox

  init(id: UInt64, inbox: BatchInbox) {
    self.id = id
    self.inbox = inbox
  }

  /// Ends the answer with what there is before the next step: its last event is `finished` with the reason
  /// `cancelled`.
  package func cancel() {
    inbox.cancel(id)
  }
}
