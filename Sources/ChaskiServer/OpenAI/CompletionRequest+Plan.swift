// Owns: from texts to continue to what the engine is asked.

import ChaskiGeneration
import ChaskiSampling
import ChaskiTokenizers

extension ServerError {
  /// What a request with a `suffix` is told where the model cannot fill gaps.
  static let noInfill = ServerError.unsupported(
    field: "suffix",
    reason: "the model's vocabulary has no tokens for filling gaps."
  )
}

extension CompletionRequest {
  /// What the engine is asked.
  ///
  /// - Throws: `ServerError`.
  package func plan(_ model: ServedModel) throws(ServerError) -> AnswerPlan {
    let sampling = try fields.sampling(for: model)
    var plan = AnswerPlan(model: model)
    for prompt in prompts {
      let tokens = try tokens(of: prompt, model.tokenizer)
      var request = GenerationRequest(prompt: tokens, sampling: sampling)
      request.maximumTokens = maximumTokens
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

  private func tokens(
    of prompt: Prompt,
    _ tokenizer: Tokenizer
  ) throws(ServerError) -> [Int32] {
    guard let suffix else { return prompt.tokens(tokenizer) }
    guard let tokens = InfillPrompt(prefix: prompt, suffix: suffix).tokens(tokenizer) else {
      throw .noInfill
    }
    return tokens
  }
}
