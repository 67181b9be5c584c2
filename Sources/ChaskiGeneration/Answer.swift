// Owns: an answer in the making: its sampler, its text, when it ends. Pure: no clock, no model.

import ChaskiSampling
import ChaskiTensors
import ChaskiTokenizers

/// Tokens chosen so far and the text they make.
struct Answer: Sendable {
  var statistics = GenerationStatistics()
  private let request: GenerationRequest
  private let endTokens: Set<Int32>
  /// Chooses the tokens; a copy of it makes the same choices.
  private(set) var sampler: Sampler
  private var decoder: StreamingDecoder?
  private var stops: StopMatcher
  private var tokens: [Int32] = []
  private var text = ""

  init(_ request: GenerationRequest, tokenizer: Tokenizer?) throws {
    self.request = request
    sampler = try Sampler(request.sampling)
    sampler.accept(contentsOf: request.prompt)
    stops = StopMatcher(request.stopTexts)
    endTokens = request.ignoresEndOfText ? [] : tokenizer?.endOfGenerationIDs ?? []
    decoder = tokenizer?.streamingDecoder(
      skipSpecialTokens: !request.showsSpecialTokens,
      continuesText: request.continuesText
    )
  }

  /// Chooses the next token and reports it with the text that it makes certain.
  mutating func choose(
    _ logits: inout [Float],
    report: (GenerationEvent) -> Void
  ) throws -> Int32 {
    var span = logits.mutableSpan
    return try choose(&span, distribution: nil, report: report)
  }

  /// Chooses the next token, and reports it with the probabilities that were asked for, which are read off
  /// the row's `distribution`.
  mutating func choose(
    _ logits: inout MutableSpan<Float>,
    distribution: RowDistribution?,
    report: (GenerationEvent) -> Void
  ) throws -> Int32 {
    let choice = try sampler.sample(logits: &logits)
    var logprobs: TokenLogprobs?
    if let count = request.logprobs, let distribution {
      logprobs = try TokenLogprobs(choice.token, top: count, in: logits.span, distribution)
    }
    sampler.accept(choice.token)
    tokens.append(choice.token)
    statistics.generatedTokenCount = tokens.count
    var piece = ""
    if !endTokens.contains(choice.token) || request.showsSpecialTokens {
      piece = stops.append(decoder?.append(choice.token) ?? "")
    }
    text += piece
    report(
      .token(
        id: choice.token,
        text: piece,
        probability: choice.probability,
        logprobs: logprobs
      )
    )
    return choice.token
  }

  /// Why the answer ends with `token`, or nil if it goes on.
  func finishReason(after token: Int32) -> FinishReason? {
    if endTokens.contains(token) || stops.isStopped { return .stop }
    if let maximum = request.maximumTokens, tokens.count >= maximum { return .length }
    return nil
  }

  /// How many tokens it is of use to guess after the last one: at least one more is chosen anyway.
  func draftLimit(room: Int) -> Int {
    max(0, min(room, (request.maximumTokens ?? .max) - tokens.count - 1))
  }

  /// `draft` up to the token that would end the answer.
  func untilEnd(_ draft: [Int32]) -> [Int32] {
    guard let end = draft.firstIndex(where: endTokens.contains) else { return draft }
    return Array(draft[...end])
  }

  /// Reports the text that was held back, and returns the answer.
  mutating func finish(
    _ reason: FinishReason,
    report: (GenerationEvent) -> Void
  ) -> GenerationResult {
    let rest = stops.append(decoder?.finish() ?? "") + stops.finish()
    if !rest.isEmpty {
      text += rest
      report(.text(rest))
    }
    return result(reason)
  }

  func result(_ reason: FinishReason) -> GenerationResult {
    GenerationResult(
      tokens: tokens,
      text: text,
      finishReason: reason,
      seed: sampler.seed,
      statistics: statistics
    )
  }
}
