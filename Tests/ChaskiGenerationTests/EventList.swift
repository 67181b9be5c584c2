// Owns: collecting an engine's events.

import ChaskiGeneration
import Synchronization

/// Events in the order they came.
final class EventList: Sendable {
  private let events = Mutex<[GenerationEvent]>([])

  func append(_ event: GenerationEvent) {
    events.withLock { $0.append(event) }
  }

  /// All events.
  var all: [GenerationEvent] { events.withLock { $0 } }

  /// The text of all events.
  var text: String {
    events.withLock { events in
      events.map { event in
        switch event {
        case .token(_, let text, _, _), .text(let text): text
        case .begun, .prompt, .promptLogprobs, .embedding, .finished: ""
        }
      }.joined()
    }
  }

  /// How many tokens came.
  var tokenCount: Int {
    events.withLock { events in
      events.count { if case .token = $0 { true } else { false } }
    }
  }
}
