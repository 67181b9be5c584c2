// Owns: what a reply says of messages that were left out of a prompt. Not here: which (ConversationPlan+Fit).

package import ChaskiChat

/// What was left out of a conversation, so that it fits.
package struct DroppedMessages: Sendable, Equatable {
  /// The messages, by their places in the request's list.
  package let messages: [Int]
  /// How many tokens the prompt has less.
  package let tokenCount: Int

  /// These messages of `tokenCount` tokens.
  package init(messages: [Int], tokenCount: Int) {
    self.messages = messages
    self.tokenCount = tokenCount
  }

  /// The object `dropped` of a reply.
  package var json: JSONValue {
    ["messages": .array(messages.map { .int($0) }), "tokens": .int(tokenCount)]
  }

  /// The same places for a header: `1-4,6`; of very many ranges the first ones and `...`.
  package var header: String {
    var ranges: [ClosedRange<Int>] = []
    for index in messages {
      if let last = ranges.last, last.upperBound + 1 == index {
        ranges[ranges.count - 1] = last.lowerBound...index
      } else {
        ranges.append(index...index)
      }
    }
    let texts = ranges.prefix(Self.rangeLimit).map { range in
      range.count == 1 ? "\(range.lowerBound)" : "\(range.lowerBound)-\(range.upperBound)"
    }
    return (texts + (ranges.count > Self.rangeLimit ? ["..."] : [])).joined(separator: ",")
  }

  private static let rangeLimit = 50
}
