// Owns: from texts to continue to what the engine is asked.

import ChaskiGeneration
import ChaskiSampling
import ChaskiTokenizers

extension CompletionRequest {
  /// What the engine is asked.
  ///
  /// - Throws: `ServerError`.
  package func plan(_ model: ServedModel) throws(ServerError) -> AnswerPlan {
    let sampling = try fields.sampling(tokenizer: model.tokenizer)
    var plan = AnswerPlan(model: model)
    for prompt in prompts {
      var request = GenerationRequest(prompt: prompt.tokens(model.tokenizer), sampling: sampling)
      // The engine always chooses one; `CompletionText` leaves it out where none was asked for.
      request.maximumTokens = max(maximumTokens, 1)
      request.stopTexts = stopTexts
      request.ignoresEndOfText = ignoresEndOfText
      request.continuesText = true
      request.logprobs = logprobCount
      request.promptLogprobs = echoes ? logprobCount : nil
      plan.add(request, count: count)
    }
    try plan.validate(promptField: "prompt")
    return plan
  }
}
