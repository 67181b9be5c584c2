import ChaskiTestSupport
import ChaskiGeneration
import ChaskiModels
import ChaskiSampling
import Testing

/// What an answer says of how much of its prompt the cache had, and why no more.
@Suite(.enabled(if: Shared.isPresent, Shared.reason))
struct CacheDivergenceTests {
  private static func prompt(_ count: Int, seed: UInt64 = 1) -> [Int32] {
    var crowd = Crowd(seed: seed, vocabularyCount: 60)
    return crowd.tokens(count)
  }

  private static func request(_ prompt: [Int32], _ count: Int = 10) -> GenerationRequest {
    var request = GenerationRequest(prompt: prompt, sampling: .greedy)
    request.maximumTokens = count
    request.ignoresEndOfText = true
    return request
  }

  /// The result, whose figures are those that its first event told.
  private static func result(
    _ engine: BatchEngine,
    _ request: GenerationRequest,
    _ party: Party = .anyone
  ) async throws -> GenerationResult {
    let outcome = try await Crowd.outcome(of: engine.generate(request, for: party))
    let result = try #require(outcome.result)
    #expect(
      outcome.events.first
        == .begun(
          cachedTokenCount: result.statistics.cachedTokenCount,
          divergence: result.statistics.cacheDivergence
        )
    )
    return result
  }

  @Test(arguments: [0, 1, 15, 16, 17, 40, 63, 64, 65, 127, 128, 150, 198])
  func `the first token that differs is named, and all before it is shared if it is worth it`(
    place: Int
  ) async throws {
    let model = try await TestModels.stories()
    let engine = try BatchEngine(model: model)
    let first = try await Self.result(engine, Self.request(Self.prompt(200)))
    #expect(
      first.statistics.cacheDivergence == CacheDivergence(token: 0, reason: .nothingCached)
    )
    var other = Self.prompt(200)
    other[place] = 100
    let found = try await Self.result(engine, Self.request(other))
    #expect(
      found.statistics.cacheDivergence == CacheDivergence(token: place, reason: .differentText)
    )
    #expect(found.statistics.cachedTokenCount == (place < 16 ? 0 : place))
    let fresh = try await InferenceEngine(model: model).generate(Self.request(other))
    #expect(found.tokens == fresh.tokens)
  }

  @Test(arguments: [5, 10, 30, 54])
  func `a short question is known when it is asked again, and when its conversation goes on`(
    count: Int
  ) async throws {
    let engine = try BatchEngine(model: try await TestModels.stories())
    let prompt = Self.prompt(count)
    let first = try await Self.result(engine, Self.request(prompt))
    // Less than 16 tokens are not worth a look: 5 and the 9 that were stepped of the answer.
    let isKept = count + 9 >= 16
    for _ in 0..<3 {
      let again = try await Self.result(engine, Self.request(prompt))
      #expect(again.tokens == first.tokens)
      #expect(again.statistics.cachedTokenCount == (count > 16 ? count - 1 : 0))
    }
    // The same text is kept once.
    #expect(engine.snapshot().finishedTexts == (isKept ? 1 : 0))
    let longer = try await Self.result(engine, Self.request(prompt + first.tokens + [7, 8]))
    #expect(longer.statistics.cachedTokenCount == (isKept ? count + 9 : 0))
    let stranger = Party(team: "other")
    let alone = try await Self.result(engine, Self.request(prompt), stranger)
    #expect(alone.statistics.cachedTokenCount == 0)
    #expect(alone.tokens == first.tokens)
  }

  @Test func `of short texts the last are kept, those of each scope`() async throws {
    let engine = try BatchEngine(model: try await TestModels.stories())
    for seed in 1...40 as ClosedRange<UInt64> {
      _ = try await Self.result(engine, Self.request(Self.prompt(30, seed: seed)))
    }
    #expect(engine.snapshot().finishedTexts == 16)
    let other = Party(team: "other")
    _ = try await Self.result(engine, Self.request(Self.prompt(30)), other)
    #expect(engine.snapshot().finishedTexts == 17)
    let last = try await Self.result(engine, Self.request(Self.prompt(30, seed: 40)))
    #expect(last.statistics.cachedTokenCount == 29)
    let first = try await Self.result(engine, Self.request(Self.prompt(30, seed: 1)))
    #expect(first.statistics.cachedTokenCount == 0)
  }

  @Test func `a prompt that goes on, one that is known, one that asks for nothing`() async throws {
    let engine = try BatchEngine(model: try await TestModels.stories())
    let prompt = Self.prompt(100)
    let first = try await Self.result(engine, Self.request(prompt))
    let longer = try await Self.result(engine, Self.request(prompt + first.tokens + [7, 8]))
    // The last token of an answer was never stepped.
    #expect(
      longer.statistics.cacheDivergence == CacheDivergence(token: 109, reason: .endOfCachedText)
    )
    #expect(longer.statistics.cachedTokenCount == 109)
    let again = try await Self.result(engine, Self.request(prompt))
    #expect(again.statistics.cacheDivergence == nil)
    #expect(again.statistics.cachedTokenCount == 99)
    var asking = Self.request(prompt)
    asking.promptLogprobs = 0
    let told = try await Self.result(engine, asking)
    #expect(told.statistics.cacheDivergence == nil)
    #expect(told.statistics.cachedTokenCount == 0)
  }

  @Test func `other scopes' texts are told of to nobody`() async throws {
    let engine = try BatchEngine(model: try await TestModels.stories())
    let request = Self.request(Self.prompt(150))
    _ = try await Self.result(engine, request, Party(team: "a"))
    for party in [Party(team: "b"), Party(team: "a", cacheScope: "a/private")] {
      let found = try await Self.result(engine, request, party)
      #expect(
        found.statistics.cacheDivergence == CacheDivergence(token: 0, reason: .nothingCached)
      )
    }
  }

  @Test func `of a text that is being written whole pages are shared`() async throws {
    let engine = try BatchEngine(model: try await TestModels.stories())
    let answer = engine.generate(Self.request(Self.prompt(200), 300))
    var events = answer.makeAsyncIterator()
    var isWriting = false
    while !isWriting, let event = try await events.next() {
      if case .token = event { isWriting = true }
    }
    let found = try await Self.result(engine, Self.request(Self.prompt(200)))
    #expect(found.statistics.cachedTokenCount == 192)
    #expect(
      found.statistics.cacheDivergence == CacheDivergence(token: 192, reason: .pageBoundary)
    )
    answer.cancel()
    while try await events.next() != nil {}
  }

  @Test func `a layer that has lost what it needs is the reason`() async throws {
    let engine = try BatchEngine(
      model: try await TestModels.load("fixtures/models/mistral-v01-swa")
    )
    let prompt = Self.prompt(400)
    _ = try await Self.result(engine, Self.request(prompt))
    let found = try await Self.result(engine, Self.request(Array(prompt.prefix(100))))
    #expect(found.statistics.cachedTokenCount == 0)
    #expect(
      found.statistics.cacheDivergence == CacheDivergence(token: 0, reason: .notRestorable)
    )
  }
}
