// Owns: the events of a streamed message, in their order. Source: Anthropic's API reference, messages-streaming.

import ChaskiChat
import ChaskiGeneration

/// Writes a message as server-sent events: its start, each block with its deltas, its end.
package struct MessageEvents: StreamFormat {
  package static let mediaType = "text/event-stream"

  /// The block that is being written.
  private enum Block { case none, thinking, text }

  private let reply: MessageReply
  private let promptTokenCount: Int
  private let cachedTokenCount: Int
  private var block = Block.none
  private var index = -1

  /// The events of `reply` to a prompt of `promptTokenCount` tokens, of which so many were in the cache.
  package init(_ reply: MessageReply, promptTokenCount: Int, cachedTokenCount: Int?) {
    self.reply = reply
    self.promptTokenCount = promptTokenCount
    self.cachedTokenCount = cachedTokenCount ?? 0
  }

  package mutating func begin() throws -> String {
    let usage = MessageReply.counts(
      prompt: promptTokenCount,
      cached: cachedTokenCount,
      generated: 0
    )
    return try event("message_start", ["message": reply.json(nil, .object(usage))])
      + event("ping", [:])
  }

  package mutating func text(
    for update: ChoiceReader.Update,
    of choice: Int,
    reader: ChoiceReader
  ) throws -> String {
    var text = ""
    if !update.reasoning.isEmpty {
      text += try open(.thinking, ["type": "thinking", "thinking": "", "signature": ""])
      text += try delta(["type": "thinking_delta", "thinking": .string(update.reasoning)])
    }
    if !update.text.isEmpty {
      text += try open(.text, ["type": "text", "text": ""])
      text += try delta(["type": "text_delta", "text": .string(update.text)])
    }
    return text
  }

  package mutating func end(readers: [ChoiceReader], usage: AnswerUsage) throws -> String {
    let result = readers.first?.result
    // A message always has a block of text, if an empty one.
    var text = try open(.text, ["type": "text", "text": ""])
    text += try close()
    text += try event(
      "message_delta",
      [
        "delta": [
          "stop_reason": reply.stopReason(result),
          "stop_sequence": reply.stopText(result),
        ],
        "usage": MessageReply.usage(usage),
      ]
    )
    return text + (try event("message_stop", [:]))
  }

  package mutating func failure(_ error: ServerError, requestID: String) throws -> String {
    try EventText.event("error", APIDialect.anthropic.body(of: error, requestID: requestID))
  }

  private mutating func open(_ next: Block, _ content: JSONValue) throws -> String {
    guard block != next else { return "" }
    let text = try close()
    block = next
    index += 1
    return text
      + (try event("content_block_start", ["index": .int(index), "content_block": content]))
  }

  private mutating func close() throws -> String {
    guard block != .none else { return "" }
    block = .none
    return try event("content_block_stop", ["index": .int(index)])
  }

  private func delta(_ delta: JSONValue) throws -> String {
    try event("content_block_delta", ["index": .int(index), "delta": delta])
  }

  private func event(_ name: String, _ rest: JSONObject) throws -> String {
    var object: JSONObject = ["type": .string(name)]
    for entry in rest.entries { object[entry.key] = entry.value }
    return try EventText.event(name, .object(object))
  }
}
