// Owns: parting an answer's stream into reasoning and answer.

import ChaskiChat
import ChaskiGeneration
import Synchronization

/// Reads an engine's events and reports what each piece of text is.
final class AnswerReader: Sendable {
  private struct State {
    var splitter: ReasoningSplitter
    var reasoning = ""
    var answer = ""
  }

  private let state: Mutex<State>
  private let report: @Sendable (AnswerEvent) -> Void

  /// A reader of the answer to `prompt`.
  init(prompt: String, report: @escaping @Sendable (AnswerEvent) -> Void) {
    let isInside = ReasoningSplitter.opensReasoning(prompt: prompt)
    state = Mutex(State(splitter: ReasoningSplitter(startsInside: isInside)))
    self.report = report
  }

  /// The whole reasoning and answer so far.
  var texts: (reasoning: String, answer: String) {
    // Not inlined: swiftc 6.3.1 on Linux, inlining a Mutex into an async function, keeps the address of the
    // thread's own number across an await, and unlocking on the next thread traps.
    @inline(never)
    get { state.withLock { ($0.reasoning, $0.answer) } }
  }

  /// Takes the engine's next event.
  @inline(never)
  func take(_ event: GenerationEvent) {
    switch event {
    case .prompt(let done, let total): report(.prompt(doneCount: done, totalCount: total))
    case .token(let id, let text, let probability, _):
      report(.token(id: id, probability: probability))
      tell(state.withLock { $0.splitter.push(text) })
    case .text(let text): tell(state.withLock { $0.splitter.push(text) })
    case .begun, .promptLogprobs, .embedding, .finished: break
    }
  }

  /// Takes the end of the answer.
  @inline(never)
  func finish() {
    tell(state.withLock { $0.splitter.finish() })
  }

  private func tell(_ events: [ReasoningSplitter.Event]) {
    for event in events {
      switch event {
      case .reasoning(let text):
        state.withLock { $0.reasoning += text }
        report(.reasoning(text))
      case .answer(let text):
        state.withLock { $0.answer += text }
        report(.answer(text))
      }
    }
  }
}
