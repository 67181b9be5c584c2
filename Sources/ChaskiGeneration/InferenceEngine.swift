// Owns: running a model step by step: prompts in, tokens out, one timeline kept for the next prompt.
// Does not own: the model (LanguageModel) or the choice of tokens (ChaskiSampling).

import ChaskiLayers
import ChaskiModels
import ChaskiSampling
package import ChaskiTensors
import ChaskiTokenizers

/// Runs one model for one caller at a time, on a queue of its own.
///
/// The last timeline stays in the cache: a prompt that begins like it pays only for what is new.
package actor InferenceEngine {
  /// The model.
  package nonisolated let model: LanguageModel
  /// The most tokens of prompt and answer together.
  package nonisolated let contextLength: Int
  /// The cache's memory.
  package nonisolated let pages: CachePagePool
  /// How the engine works.
  package nonisolated let options: EngineOptions
  private let executor = ComputeExecutor(label: "chaski.engine")
  private var timeline: Timeline
  private var drafter: (any Drafter)?

  /// Work runs on the engine's queue, never on the cooperative pool.
  package nonisolated var unownedExecutor: UnownedSerialExecutor {
    unsafe executor.asUnownedSerialExecutor()
  }

  /// An engine for `model`, which guesses ahead as `speculation` says.
  ///
  /// - Throws: `GenerationError` for options that make no sense or a draft model of another vocabulary,
  ///   `TensorError` for a cache type that the model's heads do not fit.
  package init(
    model: LanguageModel,
    options: EngineOptions = EngineOptions(),
    speculation: Speculation = .off
  ) throws {
    let length = options.contextLength ?? model.architecture.contextLength
    let longest = min(model.architecture.positionLimit ?? .max, 1 << 24)
    guard length > 0, length <= longest else {
      throw GenerationError.invalidOption(
        name: "context",
        value: "\(length)",
        allowed: "from 1 to \(longest) tokens"
      )
    }
    guard (1...65_536).contains(options.prefillChunkLength) else {
      throw GenerationError.invalidOption(
        name: "prefill chunk",
        value: "\(options.prefillChunkLength)",
        allowed: "from 1 to 65536 tokens"
      )
    }
    self.model = model
    self.options = options
    contextLength = length
    pages = CachePagePool(
      layout: try CacheLayout(layers: model.architecture.cacheLayers, type: options.cacheType),
      contextLength: length,
      stepLength: max(options.prefillChunkLength, Speculation.draftLengthLimit + 1)
    )
    timeline = Timeline(of: model, in: pages, chunkLength: options.prefillChunkLength)
    drafter = try speculation.drafter(for: model, options)
  }

  /// Continues `request.prompt`, telling `report` about every token as it comes.
  ///
  /// Cancelling the task ends the answer after the current step, with what there is so far.
  ///
  /// - Throws: `GenerationError`, `SamplingError`, `ModelError.tokenOutOfRange`, `CacheError`.
  package func generate(
    _ request: GenerationRequest,
    report: @Sendable (GenerationEvent) -> Void = { _ in }
  ) throws -> GenerationResult {
    try check(prompt: request.prompt)
    var answer = try Answer(request, tokenizer: model.tokenizer)
    var clock = AnswerClock()
    answer.statistics.promptTokenCount = request.prompt.count
    guard var output = try prefill(request.prompt, statistics: &answer.statistics, report: report)
    else { return answer.result(.cancelled) }
    drafter?.begin(request.prompt)
    // What stands: the prompt and the chosen tokens that are in the timeline.
    var length = request.prompt.count
    var draft: [Int32] = []
    while true {
      var chosen: [Int32] = []
      // The first token is always chosen, one more after each guess that stands. Each row is chosen from
      // as if it were the only one, so the answer is that of single steps.
      while true {
        var logits = output.row(chosen.count)
        let token = try answer.choose(&logits, report: report)
        let isGuessed = chosen.count < draft.count && draft[chosen.count] == token
        chosen.append(token)
        clock.noteToken(&answer.statistics)
        // From the first token on the disk may be busy: nobody waits for the start any more.
        model.weightSaving?.begin()
        if isGuessed { answer.statistics.acceptedTokenCount += 1 }
        if let reason = reasonToEnd(answer, after: token, atLength: length) {
          timeline.truncate(to: length)
          return answer.finish(reason, report: report)
        }
        guard isGuessed else { break }
        length += 1
      }
      timeline.truncate(to: length)
      draft = try nextDraft(after: chosen, of: &answer)
      guard
        let next = try timeline.append(chosen.suffix(1) + draft, logits: 0..<draft.count + 1)
      else { return answer.finish(.cancelled, report: report) }
      output = next
      length += 1
    }
  }

  private func reasonToEnd(
    _ answer: Answer,
    after token: Int32,
    atLength length: Int
  ) -> FinishReason? {
    if let reason = answer.finishReason(after: token) { return reason }
    if Task.isCancelled { return .cancelled }
    return length >= contextLength ? .context : nil
  }

  /// Guesses what comes after `chosen`, the tokens of the last step.
  private func nextDraft(after chosen: [Int32], of answer: inout Answer) throws -> [Int32] {
    guard drafter != nil else { return [] }
    drafter?.take(chosen)
    let next = timeline.count + 1
    let limit = answer.draftLimit(room: min(contextLength - next, timeline.room(atLength: next)))
    let draft = try drafter?.propose(atMost: limit, sampler: answer.sampler) ?? []
    let useful = answer.untilEnd(draft)
    answer.statistics.draftedTokenCount += useful.count
    return useful
  }

  /// Forgets the last timeline.
  package func reset() {
    timeline.begin([], keepingAtMost: 0)
    drafter?.begin([])
  }

  /// Calls `body` with the logits of `tokens` from position `first` on, in order, computed afresh.
  ///
  /// Cancelling the task throws `CancellationError` between steps.
  package func forEachLogits(
    of tokens: [Int32],
    from first: Int = 0,
    _ body: (_ position: Int, _ logits: [Float]) throws -> Void
  ) throws {
    try check(prompt: tokens)
    reset()
    defer { reset() }
    timeline.begin(tokens, keepingAtMost: 0)
    // A row of logits is as wide as the vocabulary: fewer rows a step keep their memory small.
    let chunkLength = min(options.prefillChunkLength, 128)
    var start = 0
    while start < tokens.count {
      try Task.checkCancellation()
      let chunk = Array(tokens[start..<min(start + chunkLength, tokens.count)])
      let wanted = min(max(first - start, 0), chunk.count)..<chunk.count
      guard let logits = try timeline.append(chunk, logits: wanted) else {
        throw CancellationError()
      }
      for row in 0..<logits.rows {
        try body(start + wanted.lowerBound + row, logits.row(row))
      }
      start += chunk.count
      model.weightSaving?.begin()
    }
  }

  /// Gives `body` the engine's queue, for work that steps the model itself.
  package func perform<Result: Sendable>(
    _ body: (_ model: LanguageModel, _ pages: CachePagePool) throws -> Result
  ) rethrows -> Result {
    try body(model, pages)
  }

  private func check(prompt: [Int32]) throws {
    guard !prompt.isEmpty else { throw GenerationError.emptyPrompt }
    guard prompt.count < contextLength || (prompt.count == contextLength) else {
      throw GenerationError.promptTooLong(tokenCount: prompt.count, contextLength: contextLength)
    }
    try model.check(prompt)
  }

  /// Brings the timeline to the end of `prompt` and returns the logits after it; nil when cancelled.
  private func prefill(
    _ prompt: [Int32],
    statistics: inout GenerationStatistics,
    report: (GenerationEvent) -> Void
  ) throws -> Tensor? {
    // The last token is computed again, because its logits are not kept.
    statistics.cachedTokenCount = timeline.begin(prompt, keepingAtMost: prompt.count - 1)
    var logits: Tensor?
    while timeline.count < prompt.count {
      if Task.isCancelled { return nil }
      let first = timeline.count
      let last = min(first + options.prefillChunkLength, prompt.count)
      let chunk = Array(prompt[first..<last])
      let wanted = last == prompt.count ? chunk.count - 1..<chunk.count : 0..<0
      guard let output = try timeline.append(chunk, logits: wanted) else { return nil }
      if !wanted.isEmpty { logits = output }
      report(.prompt(doneCount: last, totalCount: prompt.count))
    }
    return logits
  }
}

extension LanguageModel {
  /// Checks that every token is in the vocabulary.
  ///
  /// - Throws: `ModelError.tokenOutOfRange`.
  package func check(_ tokens: some Sequence<Int32>) throws {
    let count = architecture.vocabularyCount
    for token in tokens where token < 0 || token >= count {
      throw ModelError.tokenOutOfRange(token: token, vocabularyCount: count)
    }
  }
}
