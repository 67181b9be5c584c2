// Owns: token counts in OpenAI's words.

import ChaskiChat

extension AnswerUsage {
  /// The counts as OpenAI tells them.
  var openAI: JSONValue {
    [
      "prompt_tokens": .int(promptTokenCount),
      "completion_tokens": .int(generatedTokenCount),
      "total_tokens": .int(promptTokenCount + generatedTokenCount),
      "prompt_tokens_details": ["cached_tokens": .int(cachedTokenCount)],
      "completion_tokens_details": ["reasoning_tokens": .int(reasoningTokenCount)],
    ]
  }
}
