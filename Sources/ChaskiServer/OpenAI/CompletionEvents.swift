// Owns: the events of a streamed text completion.

import ChaskiChat
import ChaskiGeneration
import ChaskiTokenizers

/// Writes a text completion as server-sent events.
package struct CompletionEvents: StreamFormat {
  package static let mediaType = "text/event-stream"
  private let head: CompletionHead
  private let request: CompletionRequest
  private let plan: AnswerPlan
  private var templates: [Int: TextTemplate] = [:]
  private var logprobs: [Int: CompletionLogprobs] = [:]
  private var begun: Set<Int> = []

  /// The events of the reply to `request` that begins with `head`.
  package init(head: CompletionHead, request: CompletionRequest, plan: AnswerPlan) {
    self.head = head
    self.request = request
    self.plan = plan
  }

  package mutating func begin() -> String { "" }

  package mutating func text(
    for update: ChoiceReader.Update,
    of choice: Int,
    reader: ChoiceReader
  ) throws -> String {
    let planned = plan.choices[choice]
    let prompt = request.prompts[planned.promptIndex]
    var text = ""
    if begun.insert(choice).inserted {
      let echo = prompt.text(head.model.tokenizer)
      let offset = request.echoes ? 0 : echo.unicodeScalars.count
      logprobs[choice] = CompletionLogprobs(head.model.tokenizer, offset: offset)
      if request.echoes {
        logprobs[choice]?.add(prompt: planned.request.prompt, update.promptLogprobs)
        text += try event(choice, echo)
      }
    }
    if let token = update.token { logprobs[choice]?.add(token) }
    if !update.text.isEmpty { try write(update.text, choice, to: &text) }
    if let result = update.result {
      text += try event(choice, "", finishReason: result.finishReason.openAI)
    }
    return text
  }

  package mutating func end(readers: [ChoiceReader], usage: AnswerUsage) throws -> String {
    guard request.includesUsage else { return EventText.done }
    var object = head.object("text_completion")
    object["choices"] = []
    object["usage"] = usage.openAI
    return try EventText.data(.object(object)) + EventText.done
  }

  package mutating func failure(_ error: ServerError, requestID: String) throws -> String {
    try EventText.data(APIDialect.openAI.body(of: error, requestID: requestID))
  }

  private mutating func write(_ piece: String, _ choice: Int, to text: inout String) throws {
    if request.logprobCount == nil, templates[choice] == nil {
      templates[choice] = try TextTemplate { try event(choice, $0) }
    }
    if let template = templates[choice] {
      template.write(piece, to: &text)
    } else {
      text += try event(choice, piece)
    }
  }

  private mutating func event(
    _ choice: Int,
    _ text: String,
    finishReason: JSONValue = .null
  ) throws -> String {
    var entry = JSONObject()
    entry["index"] = .int(choice)
    entry["text"] = .string(text)
    entry["logprobs"] = .null
    if request.logprobCount != nil, let told = logprobs[choice], !told.isEmpty {
      entry["logprobs"] = told.json
      logprobs[choice] = CompletionLogprobs(head.model.tokenizer, offset: told.end)
    }
    entry["finish_reason"] = finishReason
    var object = head.object("text_completion")
    object["choices"] = [.object(entry)]
    if request.includesUsage { object["usage"] = .null }
    return try EventText.data(.object(object))
  }
}
