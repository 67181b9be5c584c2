import ChaskiTestSupport
import ChaskiGeneration
import ChaskiModels
import ChaskiSampling
import ChaskiTensors
import ChaskiTokenizers
import Foundation
import Testing

/// Many requests at once on small models, each against what it gives alone.
@Suite(.enabled(if: Shared.isPresent, Shared.reason))
struct BatchEngineTests {
  /// Models of every kind that a cache must know: windows, blocks, angles that change, mixtures.
  static let models = [
    "data/stories260K/stories260K.gguf", "fixtures/models/mistral-v01-swa",
    "fixtures/models/gemma2", "fixtures/models/llama4-scout-text",
    "fixtures/models/phi3-longrope", "fixtures/models/llama-bias-ntk",
    "fixtures/models/qwen3-moe", "fixtures/models/deepseek-v3", "fixtures/models/opt-125m",
    "fixtures/e2e/kquant/Q4_K_M.gguf",
  ]

  private static func load(_ path: String, threads: Int = 2) async throws -> LanguageModel {
    try await LanguageModel.load(
      path: Shared.url(path).path,
      on: CPUBackend(threadCount: threads)
    )
  }

  private static func options(
    _ model: LanguageModel,
    batch: Int = 16,
    chunk: Int = 72,
    contextLength: Int? = nil,
    texts: Double? = nil
  ) throws -> BatchOptions {
    var options = BatchOptions()
    options.maximumBatch = batch
    options.prefillChunkLength = chunk
    options.contextLength = contextLength
    if let texts, let contextLength {
      let layout = try CacheLayout(layers: model.architecture.cacheLayers, type: options.cacheType)
      let one = layout.groups.reduce(0) { sum, group in
        let pages = group.pageLimit(contextLength: contextLength, stepLength: 2 * chunk)
        return sum + pages * group.pageByteCount
      }
      options.cacheBytes = Int(Double(one) * texts)
    }
    return options
  }

  private static func expectEqual(
    _ outcomes: [Crowd.Outcome],
    _ alone: [GenerationResult]
  ) throws {
    for (outcome, expected) in zip(outcomes, alone) {
      let result = try #require(outcome.result)
      #expect(result.tokens == expected.tokens)
      #expect(result.text == expected.text)
      #expect(outcome.text == expected.text)
      #expect(result.finishReason == expected.finishReason)
      #expect(result.statistics.promptTokenCount == expected.statistics.promptTokenCount)
    }
  }

  /// Rows of a step, tokens of prompts in a step.
  static let limits: [(batch: Int, chunk: Int)] = [(16, 72), (3, 5)]

  @Test(arguments: models, limits)
  func `a text in a crowd is the text alone`(
    path: String,
    limits: (batch: Int, chunk: Int)
  ) async throws {
    let model = try await Self.load(path)
    let length = min(model.architecture.positionLimit ?? 300, 300)
    var crowd = Crowd(seed: 1, vocabularyCount: model.vocabularyCount)
    let members = crowd.members(
      20,
      promptLengths: 1...min(length / 2, 110),
      answerLengths: 1...min(length / 2, 60)
    )
    let engine = try BatchEngine(
      model: model,
      options: try Self.options(
        model,
        batch: limits.batch,
        chunk: limits.chunk,
        contextLength: length
      )
    )
    let alone = try await Crowd.alone(members, model, contextLength: length)
    // Twice: the second time much of it is in the cache.
    for _ in 0..<2 {
      try Self.expectEqual(try await Crowd.outcomes(of: members, from: engine), alone)
    }
    #expect(engine.snapshot().preemptions == 0)
  }

  @Test(arguments: models, [16, 1])
  func `a text that had to leave the cache comes back and is the same`(
    path: String,
    batch: Int
  ) async throws {
    let model = try await Self.load(path)
    let length = min(model.architecture.positionLimit ?? 400, 400)
    var crowd = Crowd(seed: 2, vocabularyCount: model.vocabularyCount)
    let members = crowd.members(
      16,
      promptLengths: 20...min(length / 2, 120),
      answerLengths: 30...min(length / 2, 200)
    )
    // Room for a text and a half of the greatest length, among sixteen.
    let options = try Self.options(
      model,
      batch: batch,
      chunk: 24,
      contextLength: length,
      texts: 1.5
    )
    let engine = try BatchEngine(model: model, options: options)
    let alone = try await Crowd.alone(members, model, contextLength: length)
    let outcomes = try await Crowd.outcomes(of: members, from: engine)
    try Self.expectEqual(outcomes, alone)
    let figures = engine.snapshot()
    #expect(figures.pagesUsed <= figures.pagesTotal)
    let wasted = outcomes.reduce(0) { $0 + ($1.result?.statistics.wastedTokenCount ?? 0) }
    #expect(wasted == figures.wastedTokens)
    #expect((figures.wastedSeconds > 0) == (wasted > 0))
    #expect(figures.wastedSeconds <= figures.busySeconds)
    if path.contains("stories"), batch > 1 { #expect(figures.preemptions > 0 && wasted > 0) }
  }

  @Test func `requests that come one by one while others run change nothing`() async throws {
    let model = try await Self.load("data/stories260K/stories260K.gguf")
    var crowd = Crowd(seed: 3, vocabularyCount: model.vocabularyCount)
    let members = crowd.members(30, promptLengths: 1...150, answerLengths: 5...80)
    let alone = try await Crowd.alone(members, model)
    let engine = try BatchEngine(model: model, options: Self.options(model, batch: 4))
    // Each request comes when the one before has its first token.
    let (started, starts) = AsyncStream<Void>.makeStream()
    let outcomes = try await withThrowingTaskGroup(of: (Int, Crowd.Outcome).self) { group in
      var start = started.makeAsyncIterator()
      for (index, member) in members.enumerated() {
        group.addTask {
          var outcome = Crowd.Outcome()
          for try await event in engine.generate(member.request, for: member.party) {
            if case .token = event, outcome.text.isEmpty { starts.yield() }
            outcome.events.append(event)
            if case .finished(let result) = event { outcome.result = result }
          }
          starts.yield()
          return (index, outcome)
        }
        _ = await start.next()
      }
      var found = Array(repeating: Crowd.Outcome(), count: members.count)
      for try await (index, outcome) in group { found[index] = outcome }
      return found
    }
    try Self.expectEqual(outcomes, alone)
  }

  @Test func `events come in the order of one engine's, and the last is the result`() async throws {
    let model = try await Self.load("data/stories260K/stories260K.gguf")
    let tokenizer = try model.requireTokenizer()
    var request = GenerationRequest(
      prompt: tokenizer.encode(
        "Once upon a time",
        addSpecialTokens: true,
        parseSpecialTokens: false
      ),
      sampling: .greedy
    )
    request.maximumTokens = 200
    request.stopTexts = ["One day"]
    let expected = EventList()
    _ = try await InferenceEngine(model: model).generate(request) { expected.append($0) }
    let engine = try BatchEngine(model: model)
    let outcome = try await Crowd.outcome(of: engine.generate(request))
    let begun = GenerationEvent.begun(
      cachedTokenCount: 0,
      divergence: CacheDivergence(token: 0, reason: .nothingCached)
    )
    #expect(outcome.events.dropLast() == ([begun] + expected.all)[...])
    let result = try #require(outcome.result)
    #expect(outcome.events.last == .finished(result))
    #expect(result.finishReason == .stop)
    #expect(result.text.hasSuffix("in the park. "))
    let statistics = result.statistics
    #expect(statistics.generatedTokenCount == result.tokens.count)
    #expect(statistics.computeSeconds > 0)
    #expect(statistics.timeToFirstToken > .zero)
    #expect(statistics.timeToFirstToken >= statistics.queueDuration)
  }
}
