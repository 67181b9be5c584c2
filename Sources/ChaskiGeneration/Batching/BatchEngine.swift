// Owns: generating many texts at once with one model, as callers see it.
// Does not own: the steps (BatchLoop), who may ask for what.

import ChaskiModels
import ChaskiTensors

/// Runs one model for many callers: requests join and leave between any two steps.
///
/// A text is the same whatever runs beside it, whether its beginning was cached, and whether it had to make room
/// for others and come back. Callable from any thread; steps run on a queue of the engine's own, and use the
/// model's backend, which nothing else may use meanwhile (see `perform`).
package final class BatchEngine: Sendable {
  /// The model.
  package let model: LanguageModel
  /// The most tokens of prompt and answer together; the cache's memory holds one text of this length at least.
  package let contextLength: Int
  /// How the engine works.
  package let options: BatchOptions
  /// The most bytes that the cache takes; they are taken as they are needed, and kept.
  package let cacheByteCount: Int
  private let inbox: BatchInbox
  private let loop: BatchLoop

  /// An engine for `model`, which takes `turns` with others that compute on the same processors.
  ///
  /// - Throws: `GenerationError.invalidOption`, `TensorError` for a cache type that the model's heads do not
  ///   fit.
  package init(
    model: LanguageModel,
    options: BatchOptions = BatchOptions(),
    turns: ComputeTurns? = nil
  ) throws {
    try options.check(for: model)
    let cache = try CachePlan(options, for: model)
    self.model = model
    self.options = options
    contextLength = cache.contextLength
    cacheByteCount = cache.pages.byteLimit
    inbox = BatchInbox(
      queueLimit: options.maximumQueue,
      snapshot: BatchSnapshot(
        maximumBatch: options.maximumBatch,
        pagesTotal: cache.pages.pageLimits.reduce(0, +)
      )
    )
    loop = BatchLoop(model: model, options: options, cache: cache, inbox: inbox, turns: turns)
  }

  /// Continues `request.prompt` on behalf of `party`, or tells its vector; never blocks.
  ///
  /// What is wrong with the request is thrown by the answer: `GenerationError`, `SamplingError`,
  /// `ModelError.tokenOutOfRange`.
  package func generate(
    _ request: GenerationRequest,
    for party: Party = .anyone
  ) -> BatchAnswer {
    let (stream, events) = AsyncThrowingStream<GenerationEvent, any Error>.makeStream()
    let ticket = generate(request, for: party) { news in
      switch news {
      case .success(let list):
        for event in list { events.yield(event) }
        if case .finished? = list.last { events.finish() }
      case .failure(let error): events.finish(throwing: error)
      }
    }
    events.onTermination = { if case .cancelled = $0 { ticket.cancel() } }
    return BatchAnswer(ticket: ticket, events: stream)
  }

  /// Continues `request.prompt` on behalf of `party`, and hands `deliver` what happens; never blocks.
  ///
  /// What is wrong with the request is delivered as well, before the function returns. Nobody else stops the
  /// work: who loses interest has to cancel.
  package func generate(
    _ request: GenerationRequest,
    for party: Party,
    deliver: @escaping GenerationSink
  ) -> BatchTicket {
    let ticket = BatchTicket(id: inbox.takeID(), inbox: inbox)
    do {
      try check(request, party)
      let submission = BatchSubmission(
        id: ticket.id,
        request: request,
        party: party,
        answer: try Answer(request, tokenizer: model.tokenizer),
        deliver: deliver,
        time: .now
      )
      if try inbox.submit(submission) { start() }
    } catch {
      deliver(.failure(error))
    }
    return ticket
  }

  /// What the engine has done and is doing; cheap.
  package func snapshot() -> BatchSnapshot { inbox.snapshot() }

  /// Takes nothing new, finishes what there is, and cancels what is left after `duration`.
  package func drain(within duration: Duration) async {
    inbox.drain()
    let inbox = inbox
    let timer = Task {
      try await Task.sleep(for: duration)
      inbox.cancelAll()
    }
    await inbox.waitUntilIdle()
    timer.cancel()
  }

  /// Gives `body` the engine's queue between two steps, for other work with the model's backend.
  package func perform<Result: Sendable>(
    _ body: @Sendable (_ model: LanguageModel) throws -> Result
  ) async rethrows -> Result {
    try await loop.perform(body)
  }

  private func start() {
    let loop = loop
    Task { await loop.run() }
  }

  private func check(_ request: GenerationRequest, _ party: Party) throws {
    guard !request.prompt.isEmpty else { throw GenerationError.emptyPrompt }
    guard request.prompt.count <= contextLength else {
      throw GenerationError.promptTooLong(
        tokenCount: request.prompt.count,
        contextLength: contextLength
      )
    }
    try model.check(request.prompt)
    for (name, count) in [
      ("logprobs", request.logprobs), ("prompt logprobs", request.promptLogprobs),
    ] {
      guard let count, !(0...GenerationRequest.logprobLimit).contains(count) else { continue }
      throw GenerationError.invalidOption(
        name: name,
        value: "\(count)",
        allowed: "from 0 to \(GenerationRequest.logprobLimit)"
      )
    }
    guard Party.weights.contains(party.weight) else {
      throw GenerationError.invalidOption(
        name: "weight",
        value: "\(party.weight)",
        allowed: "from \(Party.weights.lowerBound) to \(Party.weights.upperBound)"
      )
    }
  }
}
