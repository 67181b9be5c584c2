// Owns: token counts in OpenAI's words.

import ChaskiChat
import ChaskiGeneration

extension AnswerUsage {
  /// The counts as OpenAI tells them.
  var openAI: JSONValue {
    [
      "prompt_tokens": .int(promptTokenCount),
      "completion_tokens": .int(generatedTokenCount),
      "total_tokens": .int(promptTokenCount + generatedTokenCount),
      "prompt_tokens_details": promptDetails,
      "completion_tokens_details": ["reasoning_tokens": .int(reasoningTokenCount)],
    ]
  }

  /// How much of the prompt was in the cache, and where it and the closest text there part.
  var promptDetails: JSONValue {
    var details: JSONObject = ["cached_tokens": .int(cachedTokenCount)]
    if let cacheDivergence { details["cache_divergence"] = cacheDivergence.json }
    return .object(details)
  }
}

extension CacheDivergence {
  /// The object `cache_divergence` of a reply.
  var json: JSONValue { ["token": .int(token), "reason": .string(reason.rawValue)] }
}
