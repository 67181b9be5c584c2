import ChaskiTestSupport
import ChaskiGeneration
import ChaskiModels
import ChaskiSampling
import ChaskiTensors
import Testing

/// What texts share, what is kept of them, and what must go.
@Suite(.enabled(if: Shared.isPresent, Shared.reason))
struct BatchCacheTests {
  private static func prompt(_ count: Int, seed: UInt64 = 1) -> [Int32] {
    var crowd = Crowd(seed: seed, vocabularyCount: 512)
    return [1] + crowd.tokens(count - 1)
  }

  private static func request(_ prompt: [Int32], _ count: Int = 10) -> GenerationRequest {
    var request = GenerationRequest(prompt: prompt, sampling: .greedy)
    request.maximumTokens = count
    request.ignoresEndOfText = true
    return request
  }

  private static func result(
    _ engine: BatchEngine,
    _ prompt: [Int32],
    _ party: Party = .anyone,
    count: Int = 10
  ) async throws -> GenerationResult {
    let answer = engine.generate(request(prompt, count), for: party)
    return try #require(try await Crowd.outcome(of: answer).result)
  }

  @Test func `a conversation goes on from all that it had, answers included`() async throws {
    let model = try await TestModels.stories()
    let engine = try BatchEngine(model: model)
    var prompt = Self.prompt(100)
    for turn in 0..<5 {
      let found = try await Self.result(engine, prompt)
      let fresh = try await InferenceEngine(model: model).generate(Self.request(prompt))
      #expect(found.tokens == fresh.tokens)
      // The last token of an answer was never stepped.
      #expect(found.statistics.cachedTokenCount == (turn == 0 ? 0 : prompt.count - 8))
      prompt += found.tokens + Self.prompt(7, seed: UInt64(turn))
    }
    // Each turn holds all of the one before, which is given back.
    #expect(engine.snapshot().finishedTexts == 1)
    #expect(engine.snapshot().prefixHits == 4)
  }

  @Test func `texts are shared within a scope and never across`() async throws {
    let model = try await TestModels.stories()
    let engine = try BatchEngine(model: model)
    let prompt = Self.prompt(200)
    let first = Party(team: "a")
    _ = try await Self.result(engine, prompt, first)
    let others = [
      Party(team: "b"), Party(team: "a", cacheScope: "a/private"), Party(team: "c", cacheScope: ""),
    ]
    for party in others {
      let found = try await Self.result(engine, prompt, party)
      #expect(found.statistics.cachedTokenCount == 0, "\(party)")
    }
    for party in [first, Party(team: "d", cacheScope: "a")] + others {
      let found = try await Self.result(engine, prompt, party)
      #expect(found.statistics.cachedTokenCount == prompt.count - 1, "\(party)")
    }
  }

  @Test func `a running text shares its whole pages`() async throws {
    let model = try await TestModels.stories()
    let engine = try BatchEngine(model: model)
    let prompt = Self.prompt(200)
    var long = Self.request(prompt, 300)
    long.ignoresEndOfText = true
    let answer = engine.generate(long)
    var iterator = answer.makeAsyncIterator()
    while let event = try await iterator.next() {
      if case .token = event { break }
    }
    let found = try await Self.result(engine, prompt + [7, 8, 9])
    #expect(found.statistics.cachedTokenCount == 192)
    answer.cancel()
    var last: GenerationEvent?
    while let event = try await iterator.next() { last = event }
    guard case .finished(let result) = last else {
      Issue.record("no result")
      return
    }
    let fresh = try await InferenceEngine(model: model).generate(long)
    #expect(fresh.tokens.starts(with: result.tokens))
  }

  @Test func `the text that was not used for the longest time gives up its pages`() async throws {
    let model = try await TestModels.stories()
    let layout = try CacheLayout(layers: model.architecture.cacheLayers, type: .f16)
    var options = BatchOptions()
    options.contextLength = 512
    // Room for about three of the texts below.
    options.cacheBytes = 13 * (layout.groups.first?.pageByteCount ?? 0)
    let engine = try BatchEngine(model: model, options: options)
    let prompts = (1...4).map { Self.prompt(200, seed: UInt64($0)) }
    _ = try await Self.result(engine, prompts[0])
    _ = try await Self.result(engine, prompts[1])
    _ = try await Self.result(engine, prompts[0])
    _ = try await Self.result(engine, prompts[2])
    _ = try await Self.result(engine, prompts[3])
    // The second was used least recently, and had to go.
    let kept = try await Self.result(engine, prompts[0])
    #expect(kept.statistics.cachedTokenCount == 199)
    let gone = try await Self.result(engine, prompts[1])
    #expect(gone.statistics.cachedTokenCount == 0)
    let figures = engine.snapshot()
    #expect(figures.evictions > 0)
    #expect(figures.preemptions == 0)
    #expect(figures.pagesUsed <= figures.pagesTotal)
  }

  @Test func `one text of the greatest length always fits`() async throws {
    for path in ["fixtures/models/gemma2", "fixtures/models/llama4-scout-text"] {
      let model = try await TestModels.load(path)
      var options = BatchOptions()
      options.contextLength = 700
      options.prefillChunkLength = 33
      options.cacheBytes = 1
      #expect(throws: GenerationError.self) { _ = try BatchEngine(model: model, options: options) }
      options.contextLength = nil
      options.cacheBytes = 150_000
      let engine = try BatchEngine(model: model, options: options)
      #expect(engine.contextLength < model.architecture.contextLength)
      var crowd = Crowd(seed: 9, vocabularyCount: model.vocabularyCount)
      let prompt = crowd.tokens(engine.contextLength)
      let found = try await Self.result(engine, prompt, count: 5)
      #expect(found.finishReason == .context)
      #expect(found.tokens.count == 1)
      await #expect(
        throws: GenerationError.promptTooLong(
          tokenCount: prompt.count + 1,
          contextLength: engine.contextLength
        )
      ) { try await Self.result(engine, prompt + [5]) }
    }
  }

  @Test func `a light team comes in though another fills the cache`() async throws {
    let model = try await TestModels.stories()
    let layout = try CacheLayout(layers: model.architecture.cacheLayers, type: .f16)
    var options = BatchOptions()
    options.contextLength = 512
    options.cacheBytes = 20 * (layout.groups.first?.pageByteCount ?? 0)
    let engine = try BatchEngine(model: model, options: options)
    let heavy = (0..<40).map { index in
      engine.generate(
        Self.request(Self.prompt(150, seed: UInt64(index)), 250),
        for: Party(team: "heavy")
      )
    }
    // Until the cache is full of others.
    var iterators = heavy.map { $0.makeAsyncIterator() }
    while let event = try await iterators[0].next() {
      if case .token = event { break }
    }
    let found = try await Self.result(engine, Self.prompt(100, seed: 99), Party(team: "light"))
    #expect(found.tokens.count == 10)
    // Served long before the other team's queue was.
    #expect(engine.snapshot().teams["heavy"]?.waiting ?? 0 > 20)
    for answer in heavy { answer.cancel() }
    await engine.drain(within: .seconds(60))
    #expect(engine.snapshot().running == 0)
  }
}
