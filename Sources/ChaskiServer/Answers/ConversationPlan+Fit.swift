// Owns: which messages are left out of a conversation that does not fit, where the request allows it.

import ChaskiChat
import ChaskiGeneration

extension ConversationPlan {
  /// The tokens that an answer gets room for where the request does not say how long it may be.
  private static let usualAnswer = 512

  /// The prompt, of all messages or, if `truncates`, of as many as leave the answer its room.
  ///
  /// The system's messages stay, and the user's last one with what follows it. Whole turns go, the oldest first;
  /// then calls of tools with their results, but for the last ones. What is left may still be too long.
  ///
  /// - Throws: `ServerError`.
  func fittedPrompt(
    _ model: ServedModel
  ) throws(ServerError) -> (text: String, tokens: [Int32], dropped: DroppedMessages?) {
    let whole = try prompt(model)
    let units = truncates ? droppable : []
    let goal = Self.promptGoal(model.engine.contextLength, answer: maximumTokens)
    guard whole.tokens.count > goal, !units.isEmpty else { return (whole.text, whole.tokens, nil) }
    // The fewest that are enough, or all: a prompt of fewer messages is shorter.
    var (low, high) = (1, units.count)
    var shortest = try without(units).prompt(model)
    while low < high {
      let middle = (low + high) / 2
      let found = try without(Array(units[..<middle])).prompt(model)
      if found.tokens.count <= goal {
        high = middle
        shortest = found
      } else {
        low = middle + 1
      }
    }
    let messages = units[..<high].flatMap { $0 }.sorted().map { place(of: $0) }
    let count = whole.tokens.count - shortest.tokens.count
    return (
      shortest.text, shortest.tokens, DroppedMessages(messages: messages, tokenCount: count)
    )
  }

  /// The most tokens that a prompt should have: an answer gets what it asks for, up to half of the context.
  private static func promptGoal(_ contextLength: Int, answer: Int?) -> Int {
    let room = answer.map { min($0, contextLength / 2) } ?? min(usualAnswer, contextLength / 4)
    return contextLength - max(room, 1)
  }

  private func without(_ units: [[Int]]) -> ConversationPlan {
    let gone = Set(units.flatMap { $0 })
    var plan = self
    plan.messages = messages.indices.filter { !gone.contains($0) }.map { messages[$0] }
    return plan
  }

  /// What may go, in the order in which it goes: indices that go together.
  private var droppable: [[Int]] {
    // Without a question the last message is what is asked.
    let last = messages.lastIndex { $0.role == .user } ?? messages.indices.last ?? 0
    var turns: [[Int]] = []
    for index in messages[..<last].indices where !Self.stays(messages[index]) {
      if messages[index].role == .user || turns.isEmpty { turns.append([]) }
      turns[turns.count - 1].append(index)
    }
    var rounds: [[Int]] = []
    for index in messages.indices.dropFirst(last + 1) {
      if messages[index].role == .assistant, !messages[index].toolCalls.isEmpty {
        rounds.append([index])
      } else if messages[index].role == .tool, !rounds.isEmpty {
        rounds[rounds.count - 1].append(index)
      }
    }
    return turns + rounds.dropLast()
  }

  private static func stays(_ message: ChatMessage) -> Bool {
    message.role == .system || message.role == .developer
  }
}

extension RequestFields {
  /// Whether `truncation` allows to leave messages out: OpenAI's `auto`, not its `disabled`.
  ///
  /// - Throws: `ServerError.field`.
  func truncates() throws(ServerError) -> Bool {
    switch try string("truncation") {
    case nil, "disabled": false
    case "auto": true
    default: throw .field(name("truncation"), expected: "auto or disabled")
    }
  }
}
