import ChaskiTestSupport
import ChaskiGeneration
import ChaskiModels
import ChaskiSampling
import ChaskiTensors
import Foundation
import Testing

/// One request among others: how it ends, what it may ask, what is wrong with it.
@Suite(.enabled(if: Shared.isPresent, Shared.reason))
struct BatchRequestTests {
  private static func request(
    _ prompt: [Int32] = [1, 403, 407, 261, 378],
    _ change: (inout GenerationRequest) -> Void = { _ in }
  ) -> GenerationRequest {
    var request = GenerationRequest(prompt: prompt, sampling: .greedy)
    request.maximumTokens = 30
    request.ignoresEndOfText = true
    change(&request)
    return request
  }

  @Test func `what is wrong with one request is its own error, and the others go on`() async throws
  {
    let model = try await TestModels.stories()
    let tokens = try await InferenceEngine(model: model).generate(Self.request()).tokens
    let engine = try BatchEngine(model: model)
    let good = (0..<8).map { index in
      var request = Self.request()
      request.maximumTokens = 50 + index
      return engine.generate(request)
    }
    await #expect(throws: GenerationError.emptyPrompt) {
      try await Crowd.outcome(of: engine.generate(Self.request([])))
    }
    await #expect(throws: ModelError.tokenOutOfRange(token: 512, vocabularyCount: 512)) {
      try await Crowd.outcome(of: engine.generate(Self.request([1, 512])))
    }
    await #expect(throws: GenerationError.promptTooLong(tokenCount: 600, contextLength: 512)) {
      try await Crowd.outcome(of: engine.generate(Self.request(Array(repeating: 5, count: 600))))
    }
    let cold = Self.request { $0.sampling.temperature = -1 }
    await #expect(throws: SamplingError.self) {
      try await Crowd.outcome(of: engine.generate(cold))
    }
    // Found only when a token is chosen.
    let biased = Self.request { $0.sampling.logitBias = [LogitBias(token: 512, bias: 1)] }
    await #expect(throws: SamplingError.self) {
      try await Crowd.outcome(of: engine.generate(biased))
    }
    let curious = Self.request { $0.logprobs = GenerationRequest.logprobLimit + 1 }
    await #expect(throws: GenerationError.self) {
      try await Crowd.outcome(of: engine.generate(curious))
    }
    for weight in [0, -1, .nan, .infinity] {
      let party = Party(team: "x", weight: weight)
      await #expect(throws: GenerationError.self) {
        try await Crowd.outcome(of: engine.generate(Self.request(), for: party))
      }
    }
    for (index, answer) in good.enumerated() {
      let result = try #require(try await Crowd.outcome(of: answer).result)
      #expect(result.tokens.count == 50 + index)
      #expect(result.tokens.starts(with: tokens))
    }
  }

  @Test(arguments: [(-1, 16, 72, 1), (0, 16, 72, 1), (64, 0, 72, 1), (64, 1, 0, 1), (64, 1, 1, 0)])
  func `options that make no sense are refused`(
    context: Int,
    batch: Int,
    chunk: Int,
    queue: Int
  ) async throws {
    let model = try await TestModels.stories()
    var options = BatchOptions()
    options.contextLength = context
    options.maximumBatch = batch
    options.prefillChunkLength = chunk
    options.maximumQueue = queue
    #expect(throws: GenerationError.self) { _ = try BatchEngine(model: model, options: options) }
  }

  @Test func `an answer that is cancelled ends with what there is, and the others go on`()
    async throws
  {
    let model = try await TestModels.stories()
    let engine = try BatchEngine(model: model)
    let base = Self.request()
    let expected = try await InferenceEngine(model: model).generate(base)
    let others = (0..<5).map { _ in engine.generate(base) }
    var endless = base
    endless.maximumTokens = nil
    let answer = engine.generate(endless)
    var outcome = Crowd.Outcome()
    for try await event in answer {
      outcome.events.append(event)
      if case .token = event { answer.cancel() }
      if case .finished(let result) = event { outcome.result = result }
    }
    let result = try #require(outcome.result)
    #expect(result.finishReason == .cancelled)
    #expect(outcome.text == result.text)
    #expect(result.tokens.count < 500)
    for other in others {
      #expect(try await Crowd.outcome(of: other).result?.tokens == expected.tokens)
    }
    // Ends also what waits, and what has ended stays as it is.
    answer.cancel()
    for other in others { other.cancel() }
    #expect(try await Crowd.outcome(of: engine.generate(base)).result?.tokens == expected.tokens)
  }

  @Test func `a request that waits can be cancelled`() async throws {
    var options = BatchOptions()
    options.maximumBatch = 1
    let engine = try BatchEngine(model: try await TestModels.stories(), options: options)
    var endless = Self.request()
    endless.maximumTokens = nil
    let answers = (0..<10).map { [endless] _ in engine.generate(endless) }
    for answer in answers.reversed() { answer.cancel() }
    for answer in answers {
      #expect(try await Crowd.outcome(of: answer).result?.finishReason == .cancelled)
    }
    await engine.drain(within: .seconds(60))
    #expect(engine.snapshot().waiting == 0)
    #expect(engine.snapshot().running == 0)
  }

  @Test func `work stops when nobody reads on: the task is cancelled, or the answer is dropped`()
    async throws
  {
    let model = try await TestModels.stories()
    var options = BatchOptions()
    options.contextLength = 1 << 20
    options.cacheBytes = 1 << 31
    let engine = try BatchEngine(model: model, options: options)
    var endless = Self.request()
    endless.maximumTokens = nil
    let reader = Task { [endless] in
      var count = 0
      for try await _ in engine.generate(endless) { count += 1 }
      return count
    }
    do {
      let dropped = engine.generate(endless)
      for try await event in dropped { if case .token = event { break } }
    }
    _ = engine.generate(endless)
    reader.cancel()
    _ = try await reader.value
    // Without an end of their own, they would run for hours.
    await engine.drain(within: .seconds(3600))
    #expect(engine.snapshot().running == 0)
  }

  @Test func `too many requests are refused, and those that were taken are answered`() async throws
  {
    var options = BatchOptions()
    options.maximumBatch = 1
    options.maximumQueue = 3
    let engine = try BatchEngine(model: try await TestModels.stories(), options: options)
    let answers = (0..<40).map { _ in engine.generate(Self.request()) }
    var (done, refused) = (0, 0)
    for answer in answers {
      do {
        _ = try await Crowd.outcome(of: answer)
        done += 1
      } catch GenerationError.queueFull(limit: 3) {
        refused += 1
      }
    }
    #expect(done >= 3 && refused > 0 && done + refused == 40)
    #expect(try await Crowd.outcome(of: engine.generate(Self.request())).result != nil)
  }

  @Test func `draining finishes what there is and takes nothing new`() async throws {
    let model = try await TestModels.stories()
    let engine = try BatchEngine(model: model)
    let answers = (0..<20).map { _ in engine.generate(Self.request()) }
    await engine.drain(within: .seconds(3600))
    for answer in answers {
      #expect(try await Crowd.outcome(of: answer).result?.finishReason == .length)
    }
    await #expect(throws: GenerationError.draining) {
      try await Crowd.outcome(of: engine.generate(Self.request()))
    }
    let other = try BatchEngine(model: model)
    var endless = Self.request()
    endless.maximumTokens = 400
    let cancelled = (0..<100).map { [endless] _ in other.generate(endless) }
    await other.drain(within: .zero)
    var reasons: Set<FinishReason> = []
    for answer in cancelled {
      if let result = try await Crowd.outcome(of: answer).result {
        reasons.insert(result.finishReason)
      }
    }
    #expect(reasons.contains(.cancelled))
  }

  @Test(arguments: [0, 1, 5])
  func `logprobs are those of the model's own distribution`(count: Int) async throws {
    let model = try await TestModels.stories()
    var crowd = Crowd(seed: 5, vocabularyCount: 512)
    var request = GenerationRequest(prompt: crowd.tokens(150))
    request.sampling.seed = 3
    request.sampling.temperature = 1.3
    request.maximumTokens = 12
    request.ignoresEndOfText = true
    request.logprobs = count
    request.promptLogprobs = count
    let engine = try BatchEngine(model: model)
    _ = try await Crowd.outcome(of: engine.generate(request))
    // The second time the prompt is in the cache, which must not lose its probabilities.
    let outcome = try await Crowd.outcome(of: engine.generate(request))
    let tokens = try #require(outcome.result?.tokens)
    #expect(outcome.result?.statistics.cachedTokenCount == 0)
    let rows = LogitList()
    try await InferenceEngine(model: model).forEachLogits(of: request.prompt + tokens) {
      rows.append($1)
    }
    var found: [TokenLogprobs?] = []
    for event in outcome.events {
      if case .promptLogprobs(let list) = event { found += list }
      if case .token(_, _, _, let logprobs) = event { found.append(logprobs) }
    }
    let text = request.prompt + tokens
    #expect(found.count == text.count)
    #expect(found[0] == nil)
    for (position, entry) in found.enumerated().dropFirst() {
      let entry = try #require(entry)
      let logits = rows.rows[position - 1].map { Double($0) }
      let greatest = try #require(logits.max())
      let normalizer = greatest + log(logits.reduce(0) { $0 + exp($1 - greatest) })
      #expect(entry.token == text[position])
      // Eight digits of a 32-bit sum of 512 exponentials, some of which are lost.
      #expect(abs(Double(entry.logprob) - (logits[Int(entry.token)] - normalizer)) < 1e-5)
      let best = logits.indices.sorted { (-logits[$0], $0) < (-logits[$1], $1) }.prefix(count)
      #expect(entry.top.map { Int($0.id) } == Array(best))
      for top in entry.top {
        #expect(abs(Double(top.logprob) - (logits[Int(top.id)] - normalizer)) < 1e-5)
      }
    }
  }

  @Test func `a request for no tokens reads its prompt and says what it thought of it`()
    async throws
  {
    let engine = try BatchEngine(model: try await TestModels.stories())
    var request = Self.request()
    request.maximumTokens = 0
    request.promptLogprobs = 0
    let outcome = try await Crowd.outcome(of: engine.generate(request))
    #expect(outcome.result?.tokens == [])
    #expect(outcome.result?.finishReason == .length)
    let lists = outcome.events.compactMap { event -> [TokenLogprobs?]? in
      if case .promptLogprobs(let list) = event { list } else { nil }
    }
    #expect(lists.count == 1 && lists[0].count == request.prompt.count)
  }

  @Test func `figures add up`() async throws {
    let engine = try BatchEngine(model: try await TestModels.stories())
    let prompts = (1...6).map { Array(repeating: Int32(5 + $0), count: 20 * $0) }
    let results = try await Crowd.outcomes(
      of: prompts.map { Crowd.Member(request: Self.request($0), party: Party(team: "t")) },
      from: engine
    ).compactMap(\.result)
    await engine.drain(within: .seconds(60))
    let figures = engine.snapshot()
    #expect(figures.prefillTokens + figures.cachedTokens == prompts.reduce(0) { $0 + $1.count })
    #expect(figures.decodeTokens == results.reduce(0) { $0 + $1.tokens.count - 1 })
    #expect(figures.teams["t"]?.tokens == figures.prefillTokens + figures.decodeTokens)
    #expect(figures.batchRows.reduce(0, +) == figures.stepCount)
    #expect(
      figures.batchRows.enumerated().reduce(0) { $0 + $1.offset * $1.element }
        == figures.decodeTokens
    )
    let seconds = results.reduce(0) { $0 + $1.statistics.computeSeconds }
    #expect(abs(seconds - figures.busySeconds) < 1e-6 * max(1, figures.busySeconds))
    for statistics in results.map(\.statistics) {
      // Every pair of neighbouring tokens, whose times together are those of the whole answer.
      #expect(statistics.tokenGaps.count == UInt64(statistics.generatedTokenCount - 1))
      let decode = statistics.decodeDuration / .seconds(1)
      #expect(abs(statistics.tokenGaps.totalSeconds - decode) < 1e-6 * max(1, decode))
    }
    #expect(figures.running == 0 && figures.waiting == 0)
    #expect(figures.busySeconds <= figures.wallSeconds)
  }
}
