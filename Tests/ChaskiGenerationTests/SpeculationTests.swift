import ChaskiTestSupport
import ChaskiGeneration
import ChaskiSampling
import ChaskiTensors
import ChaskiTokenizers
import Foundation
import Testing

/// Guessing ahead changes nothing but the time.
@Suite(.enabled(if: Shared.isPresent, Shared.reason))
struct SpeculationTests {
  enum Guesser: CaseIterable, Sendable {
    /// The text so far.
    case text
    /// The model itself, which is always right.
    case itself
    /// The model without its last layer, which is often wrong.
    case shortened
  }

  static let prompt =
    "Once upon a time, there was a red ball. Once upon a time, there was a red ball. Once upon"

  private static func speculation(
    _ guesser: Guesser,
    _ model: LanguageModel,
    length: Int = 8
  ) async throws -> Speculation {
    var speculation: Speculation =
      switch guesser {
      case .text: .text
      case .itself: .draft(by: model)
      case .shortened: .draft(by: try await TestModels.shortenedStories())
      }
    speculation.maximumDraftLength = length
    // Single tokens match almost always, so that many guesses are wrong.
    speculation.matchLengths = 1...3
    return speculation
  }

  private static func request(
    _ model: LanguageModel,
    _ text: String = prompt,
    sampling: SamplingOptions = .greedy,
    maximumTokens: Int? = 60
  ) throws -> GenerationRequest {
    var request = GenerationRequest(
      prompt: try model.requireTokenizer().encode(
        text,
        addSpecialTokens: true,
        parseSpecialTokens: false
      ),
      sampling: sampling
    )
    request.maximumTokens = maximumTokens
    return request
  }

  /// One of each kind of sampler, each with state or random numbers of its own.
  static let samplers: [(String, SamplingOptions)] = {
    func options(_ name: String, _ change: (inout SamplingOptions) -> Void)
      -> (String, SamplingOptions)
    {
      var options = SamplingOptions()
      options.seed = 11
      change(&options)
      return (name, options)
    }
    return [
      ("greedy", .greedy),
      options("usual") { _ in },
      options("everything left in") {
        ($0.topK, $0.topP, $0.minP, $0.temperature) = (0, 1, 0, 1)
      },
      options("penalties") {
        ($0.repeatPenalty, $0.presencePenalty, $0.frequencyPenalty) = (1.3, 0.2, 0.1)
        $0.repeatLastN = 12
      },
      options("greedy with penalties") { ($0.temperature, $0.repeatPenalty) = (0, 1.2) },
      options("DRY") { ($0.dryMultiplier, $0.dryBreakers) = (0.8, [[13], [403, 407]]) },
      options("XTC") { ($0.xtcProbability, $0.xtcThreshold) = (0.5, 0.05) },
      options("typical") { $0.typicalP = 0.7 },
      options("top n sigma") { $0.topNSigma = 1 },
      options("dynamic temperature") { $0.dynamicTemperatureRange = 0.5 },
      options("Mirostat 1") { $0.mirostat = .one },
      options("Mirostat 2") { ($0.mirostat, $0.mirostatTau) = (.two, 3) },
      options("bias") { $0.logitBias = [LogitBias(token: 403, bias: -.infinity)] },
    ]
  }()

  @Test(arguments: Guesser.allCases, samplers)
  func `every sampler chooses the same tokens, in the same events`(
    guesser: Guesser,
    sampler: (String, SamplingOptions)
  ) async throws {
    let model = try await TestModels.stories()
    let request = try Self.request(model, sampling: sampler.1, maximumTokens: 120)
    let (plainEvents, events) = (EventList(), EventList())
    let plain = try await InferenceEngine(model: model).generate(request) {
      plainEvents.append($0)
    }
    let found = try await InferenceEngine(
      model: model,
      speculation: Self.speculation(guesser, model)
    ).generate(request) { events.append($0) }
    #expect(found.tokens == plain.tokens)
    #expect(found.text == plain.text)
    #expect(found.finishReason == plain.finishReason)
    #expect(events.all == plainEvents.all)
    #expect(plain.statistics.draftedTokenCount == 0)
    #expect(found.statistics.draftedTokenCount > 0)
    #expect(found.statistics.acceptedTokenCount <= found.statistics.draftedTokenCount)
    if guesser == .itself {
      #expect(found.statistics.acceptedTokenCount == found.statistics.draftedTokenCount)
    }
  }

  @Test(arguments: [CacheType.f32, .f16, .q8_0])
  func `weights of few bits and every type of cache give the same tokens`(
    cacheType: CacheType
  ) async throws {
    let model = try await TestModels.load("fixtures/e2e/kquant/Q4_K_M.gguf")
    var options = EngineOptions()
    options.cacheType = cacheType
    let sentence: [Int32] = [5, 9, 33, 71, 12, 90, 44]
    var request = GenerationRequest(prompt: sentence + sentence + sentence, sampling: .greedy)
    request.maximumTokens = 80
    let plain = try await InferenceEngine(model: model, options: options).generate(request)
    for speculation in [Speculation.text, .draft(by: model)] {
      let engine = try InferenceEngine(model: model, options: options, speculation: speculation)
      let found = try await engine.generate(request)
      #expect(found.tokens == plain.tokens)
      #expect(found.statistics.draftedTokenCount > 0)
    }
  }

  @Test(arguments: Guesser.allCases)
  func `the number of tokens asked for is reached exactly`(guesser: Guesser) async throws {
    let model = try await TestModels.stories()
    let plain = try await InferenceEngine(model: model).generate(Self.request(model))
    let engine = try InferenceEngine(
      model: model,
      speculation: try await Self.speculation(guesser, model)
    )
    for count in 1...30 {
      let found = try await engine.generate(Self.request(model, maximumTokens: count))
      #expect(found.tokens == Array(plain.tokens.prefix(count)))
      #expect(found.finishReason == .length)
    }
  }

  @Test(arguments: Guesser.allCases)
  func `the context is filled to its last position and no further`(guesser: Guesser) async throws {
    let model = try await TestModels.stories()
    let request = try Self.request(model, maximumTokens: nil)
    for length in request.prompt.count...request.prompt.count + 20 {
      var options = EngineOptions()
      options.contextLength = length
      let plain = try await InferenceEngine(model: model, options: options).generate(request)
      let found = try await InferenceEngine(
        model: model,
        options: options,
        speculation: Self.speculation(guesser, model)
      ).generate(request)
      #expect(found.tokens == plain.tokens)
      #expect(found.finishReason == .context)
    }
  }

  @Test(arguments: Guesser.allCases)
  func `a stop text inside an accepted run ends the answer there`(guesser: Guesser) async throws {
    let model = try await TestModels.stories()
    let engine = try InferenceEngine(
      model: model,
      speculation: try await Self.speculation(guesser, model)
    )
    for stop in ["was", " red", "ball.", "little", "Lily"] {
      var request = try Self.request(model)
      request.stopTexts = [stop]
      let plain = try await InferenceEngine(model: model).generate(request)
      let found = try await engine.generate(request)
      #expect(found.tokens == plain.tokens)
      #expect(found.text == plain.text)
      #expect(found.finishReason == plain.finishReason)
    }
  }

  @Test(arguments: Guesser.allCases)
  func `cancelling ends after the same token, and the cache is as after plain decoding`(
    guesser: Guesser
  ) async throws {
    let model = try await TestModels.stories()
    let base = try Self.request(model)
    let plain = try await InferenceEngine(model: model).generate(base)
    for count in [1, 2, 7, 20] {
      let engine = try InferenceEngine(
        model: model,
        speculation: try await Self.speculation(guesser, model)
      )
      let events = EventList()
      let cancelled = try await Task {
        try await engine.generate(base) { event in
          events.append(event)
          if events.tokenCount == count { unsafe withUnsafeCurrentTask { unsafe $0?.cancel() } }
        }
      }.value
      #expect(cancelled.finishReason == .cancelled)
      #expect(cancelled.tokens == Array(plain.tokens.prefix(count)))
      #expect(events.tokenCount == count)
      // The next answer goes on from the prompt and all tokens but the last, which was never stepped.
      var next = base
      next.prompt += cancelled.tokens
      next.maximumTokens = 10
      let after = try await engine.generate(next)
      #expect(after.statistics.cachedTokenCount == base.prompt.count + count - 1)
      #expect(after.tokens == Array(plain.tokens[count..<count + 10]))
    }
  }

  @Test(arguments: Guesser.allCases)
  func `a conversation reuses its timeline from answer to answer`(guesser: Guesser) async throws {
    let model = try await TestModels.stories()
    let tokenizer = try model.requireTokenizer()
    let plain = try InferenceEngine(model: model)
    let guessing = try InferenceEngine(
      model: model,
      speculation: try await Self.speculation(guesser, model)
    )
    var sampling = SamplingOptions()
    sampling.seed = 5
    var prompt = try Self.request(model).prompt
    for turn in 0..<5 {
      var request = GenerationRequest(prompt: prompt, sampling: sampling)
      request.maximumTokens = 12 + turn
      request.ignoresEndOfText = true
      let (expected, found) = (
        try await plain.generate(request), try await guessing.generate(request)
      )
      #expect(found.tokens == expected.tokens)
      #expect(found.statistics.cachedTokenCount == expected.statistics.cachedTokenCount)
      if guesser == .itself { #expect(found.statistics.acceptanceRate == 1) }
      prompt += found.tokens
      // Every second turn takes back the end of the answer.
      if turn % 2 == 1 { prompt.removeLast(5) }
      prompt += tokenizer.encode(
        " Then the red ball said, there was a",
        addSpecialTokens: false,
        parseSpecialTokens: false
      )
    }
  }

  @Test func `a draft model that is the model itself is right every time`() async throws {
    let model = try await TestModels.stories()
    let engine = try InferenceEngine(model: model, speculation: .draft(by: model))
    let result = try await engine.generate(Self.request(model, maximumTokens: 64))
    #expect(result.statistics.acceptanceRate == 1)
    // 1, 2, 4, then 8 guesses and the model's own token at each step.
    #expect(result.statistics.acceptedTokenCount >= 50)
  }

  @Test func `a text that repeats is guessed from itself`() async throws {
    let model = try await TestModels.stories()
    let tokens = try Self.request(model, "the red ball was big and ").prompt
    var request = GenerationRequest(
      prompt: (0..<6).flatMap { _ in tokens.dropFirst() },
      sampling: .greedy
    )
    request.maximumTokens = 60
    request.ignoresEndOfText = true
    // The sampler is held to the period, whatever this little model would say.
    request.sampling.logitBias = Set(tokens).map { LogitBias(token: $0, bias: 40) }
    let engine = try InferenceEngine(model: model, speculation: .text)
    let result = try await engine.generate(request)
    #expect(result.statistics.acceptedTokenCount > 20)
  }

  @Test func `a draft model of other tokens is refused, and both files are named`() async throws {
    let model = try await TestModels.stories()
    let other = try await TestModels.load("fixtures/e2e/llama-spm/llama-spm-f16.gguf")
    let without = try await TestModels.load("fixtures/gguf/llama31-f16.gguf")
    for draft in [other, without] {
      let error = #expect(throws: GenerationError.self) {
        _ = try InferenceEngine(model: model, speculation: .draft(by: draft))
      }
      let text = try #require(error).description
      #expect(text.contains(draft.path) && text.contains(model.path))
    }
  }

  @Test(arguments: [-1, 65])
  func `a number of guesses that makes no sense is refused`(count: Int) async throws {
    let model = try await TestModels.stories()
    var speculation = Speculation.text
    speculation.maximumDraftLength = count
    #expect(throws: GenerationError.self) {
      _ = try InferenceEngine(model: model, speculation: speculation)
    }
  }
}
