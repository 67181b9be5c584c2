// Owns: the reply of POST /v1/completions in one piece. Source: OpenAI's API reference, completions/object.

import ChaskiChat
import ChaskiGeneration
import ChaskiTokenizers

/// A whole text completion.
struct CompletionReply: Sendable {
  let head: CompletionHead
  let request: CompletionRequest
  let plan: AnswerPlan
  let readers: [ChoiceReader]
  let usage: AnswerUsage

  /// The reply.
  var json: JSONValue {
    var object = head.object("text_completion")
    object["choices"] = .array(
      zip(plan.choices, readers).enumerated().map { choice($0.offset, $0.element.0, $0.element.1) }
    )
    object["usage"] = usage.openAI
    return .object(object)
  }

  private func choice(
    _ index: Int,
    _ choice: AnswerPlan.Choice,
    _ reader: ChoiceReader
  ) -> JSONValue {
    let tokenizer = head.model.tokenizer
    let prompt = request.prompts[choice.promptIndex].text(tokenizer)
    var object = JSONObject()
    object["index"] = .int(index)
    object["text"] = .string((request.echoes ? prompt : "") + reader.text)
    if request.logprobCount != nil {
      let offset = request.echoes ? 0 : prompt.unicodeScalars.count
      var logprobs = CompletionLogprobs(tokenizer, offset: offset)
      if request.echoes { logprobs.add(prompt: choice.request.prompt, reader.promptLogprobs) }
      for token in reader.tokens { logprobs.add(token) }
      object["logprobs"] = logprobs.json
    } else {
      object["logprobs"] = .null
    }
    object["finish_reason"] = reader.result?.finishReason.openAI ?? .null
    return .object(object)
  }
}
