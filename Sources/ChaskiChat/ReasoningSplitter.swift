// Owns: telling a model's reasoning from its answer while the text streams.
// Does not own tool calls, or where a template puts reasoning in a prompt.

/// Splits streamed text into reasoning and answer at `<think>` and `</think>`.
///
/// Reasoning is recognised only at the beginning, so that an answer may speak of the tags. What
/// might still be the beginning of a tag is held back until the next piece decides. Blanks around
/// the reasoning and before the answer that follows it are dropped.
package struct ReasoningSplitter: Sendable {
  /// A piece of text and what it is.
  package enum Event: Sendable, Hashable {
    /// A piece of the reasoning.
    case reasoning(String)
    /// A piece of the answer.
    case answer(String)
  }

  private enum State {
    case beginning, reasoningBeginning, reasoning, answerBeginning, answer
  }

  private let open: String
  private let close: String
  private var state: State
  private var held = ""

  /// Makes a splitter.
  ///
  /// - Parameters:
  ///   - open: The tag before the reasoning.
  ///   - close: The tag after it.
  ///   - startsInside: Whether the prompt already ended in the opening tag, as
  ///     `opensReasoning` tells.
  package init(
    open: String = "<think>",
    close: String = "</think>",
    startsInside: Bool = false
  ) {
    self.open = open
    self.close = close
    state = startsInside ? .reasoningBeginning : .beginning
  }

  /// Whether a prompt ends in an opening tag, so that the model begins inside its reasoning.
  package static func opensReasoning(prompt: String, open: String = "<think>") -> Bool {
    var rest = prompt[...]
    while let last = rest.last, last.isWhitespace { rest.removeLast() }
    return rest.hasSuffix(open)
  }

  /// Takes the next piece of text and returns what it settles.
  package mutating func push(_ piece: String) -> [Event] {
    held += piece
    var events: [Event] = []
    while step(&events) {}
    return events
  }

  /// Takes the end of the text and returns what was held back.
  package mutating func finish() -> [Event] {
    defer { held = "" }
    switch state {
    case .beginning, .answer, .answerBeginning: return held.isEmpty ? [] : [.answer(held)]
    case .reasoningBeginning, .reasoning: return held.isEmpty ? [] : [.reasoning(held)]
    }
  }

  // One transition; false when the held text settles nothing more.
  private mutating func step(_ events: inout [Event]) -> Bool {
    switch state {
    case .beginning:
      let text = held.drop { $0.isWhitespace }
      if text.hasPrefix(open) {
        held = String(text.dropFirst(open.count))
        state = .reasoningBeginning
        return true
      }
      // Blanks alone, or a part of the tag, may still become the tag.
      if open.hasPrefix(text) { return false }
      state = .answer
      return true
    case .reasoningBeginning, .answerBeginning:
      held = String(held.drop { $0.isWhitespace })
      if held.isEmpty { return false }
      state = state == .answerBeginning ? .answer : .reasoning
      return true
    case .reasoning: return stepReasoning(&events)
    case .answer:
      if !held.isEmpty { events.append(.answer(held)) }
      held = ""
      return false
    }
  }

  private mutating func stepReasoning(_ events: inout [Event]) -> Bool {
    if let range = held.firstRange(of: close) {
      let text = Self.trimmed(held[..<range.lowerBound])
      if !text.isEmpty { events.append(.reasoning(String(text))) }
      held = String(held[range.upperBound...])
      state = .answerBeginning
      return true
    }
    // Keep what may begin the tag, and the blanks before it.
    var end = held.endIndex
    for count in stride(from: min(close.count - 1, held.count), to: 0, by: -1)
    where close.hasPrefix(held.suffix(count)) {
      end = held.index(held.endIndex, offsetBy: -count)
      break
    }
    let settled = Self.trimmed(held[..<end])
    guard !settled.isEmpty else { return false }
    events.append(.reasoning(String(settled)))
    held = String(held[settled.endIndex...])
    return false
  }

  private static func trimmed(_ text: Substring) -> Substring {
    var text = text
    while let last = text.last, last.isWhitespace { text.removeLast() }
    return text
  }
}
