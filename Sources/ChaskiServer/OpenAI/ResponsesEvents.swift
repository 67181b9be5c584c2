// Owns: the events of a streamed response, in their order. Source: OpenAI's API reference, responses-streaming.

import ChaskiChat
import ChaskiGeneration

/// Writes a response as server-sent events, numbered from 0.
package struct ResponsesEvents: StreamFormat {
  package static let mediaType = "text/event-stream"

  /// The item that is being written.
  private enum Item { case none, reasoning, message }

  private var reply: ResponsesReply
  private var number = 0
  private var item = Item.none
  private var heldTokens: [TokenLogprobs] = []
  private var index = -1

  /// The events of `reply`, which has no items yet.
  package init(_ reply: ResponsesReply) {
    self.reply = reply
  }

  package mutating func begin() throws -> String {
    try event("response.created", ["response": reply.json])
      + event("response.in_progress", ["response": reply.json])
  }

  package mutating func text(
    for update: ChoiceReader.Update,
    of choice: Int,
    reader: ChoiceReader
  ) throws -> String {
    var text = ""
    if let token = update.token { heldTokens.append(token) }
    if !update.reasoning.isEmpty {
      heldTokens = []
      if item == .none { text += try openReasoning() }
      text += try event(
        "response.reasoning_text.delta",
        place(reply.reasoningID, ["delta": .string(update.reasoning)])
      )
    }
    if !update.text.isEmpty {
      if item == .reasoning { text += try closeReasoning(reader) }
      if item == .none { text += try openMessage() }
      text += try event(
        "response.output_text.delta",
        place(
          reply.messageID,
          ["delta": .string(update.text), "logprobs": .array(reply.logprobs(of: heldTokens))]
        )
      )
      heldTokens = []
    }
    return text
  }

  package mutating func end(readers: [ChoiceReader], usage: AnswerUsage) throws -> String {
    guard let reader = readers.first else { return "" }
    reply.take(readers, usage)
    var text = ""
    if item == .reasoning { text += try closeReasoning(reader) }
    // A response always has a message, if an empty one.
    if item == .none { text += try openMessage() }
    text += try event(
      "response.output_text.done",
      place(
        reply.messageID,
        ["text": .string(reader.text), "logprobs": .array(reply.logprobs)]
      )
    )
    text += try event(
      "response.content_part.done",
      place(reply.messageID, ["part": reply.part(reader.text)])
    )
    let isWhole = reply.status == "completed"
    text += try event(
      "response.output_item.done",
      [
        "output_index": .int(index),
        "item": reply.item(text: reader.text, status: isWhole ? "completed" : "incomplete"),
      ]
    )
    return text
      + (try event(isWhole ? "response.completed" : "response.incomplete", ["response": reply.json]))
  }

  package mutating func failure(_ error: ServerError, requestID: String) throws -> String {
    try event(
      "error",
      [
        "code": error.code.map { .string($0) } ?? .null, "message": .string(error.description),
        "param": error.parameter.map { .string($0) } ?? .null,
      ]
    )
  }

  private mutating func openReasoning() throws -> String {
    item = .reasoning
    index += 1
    return try event(
      "response.output_item.added",
      ["output_index": .int(index), "item": reply.reasoningItem("")]
    )
  }

  private mutating func closeReasoning(_ reader: ChoiceReader) throws -> String {
    item = .none
    return try event(
      "response.reasoning_text.done",
      place(reply.reasoningID, ["text": .string(reader.reasoning)])
    )
      + event(
        "response.output_item.done",
        ["output_index": .int(index), "item": reply.reasoningItem(reader.reasoning)]
      )
  }

  private mutating func openMessage() throws -> String {
    item = .message
    index += 1
    return try event(
      "response.output_item.added",
      ["output_index": .int(index), "item": reply.item(text: nil, status: "in_progress")]
    ) + event("response.content_part.added", place(reply.messageID, ["part": reply.part("")]))
  }

  private func place(_ id: String, _ rest: JSONObject) -> JSONObject {
    var object = JSONObject()
    object["item_id"] = .string(id)
    object["output_index"] = .int(index)
    object["content_index"] = 0
    for entry in rest.entries { object[entry.key] = entry.value }
    return object
  }

  private mutating func event(_ name: String, _ rest: JSONObject) throws -> String {
    var object = JSONObject()
    object["type"] = .string(name)
    object["sequence_number"] = .int(number)
    for entry in rest.entries { object[entry.key] = entry.value }
    number += 1
    return try EventText.event(name, .object(object))
  }
}
