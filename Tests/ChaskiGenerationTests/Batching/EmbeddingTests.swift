import ChaskiTestSupport
import ChaskiFiles
import ChaskiGeneration
import ChaskiModels
import ChaskiSampling
import ChaskiTensors
import Foundation
import Testing

/// Vectors of texts: against transformers', and the same bits whatever else runs.
@Suite(.enabled(if: Shared.isPresent, Shared.reason))
struct EmbeddingTests {
  /// What transformers made of a prompt; `scripts/make-embedding-references.py` writes them.
  struct Reference: Decodable {
    let model: String
    let tokens: [Int32]
    let pooling: String
    let values: [Float]
    /// How far its float32 and float64 runs are apart.
    let noise: Float

    static func all() throws -> [Reference] {
      let url = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Fixtures/embeddings.json")
      return try JSONDecoder().decode([Reference].self, from: Data(contentsOf: url))
    }
  }

  private static let poolings: [String: Pooling] = [
    "mean": .mean, "first": .first, "last": .last,
  ]

  private static func request(_ tokens: [Int32], _ pooling: Pooling = .mean) -> GenerationRequest {
    var request = GenerationRequest(prompt: tokens)
    request.maximumTokens = 0
    request.pooling = pooling
    return request
  }

  private static func vector(_ outcome: Crowd.Outcome) throws -> [Float] {
    let found = outcome.events.compactMap { event -> [Float]? in
      if case .embedding(let values) = event { values } else { nil }
    }
    #expect(found.count == 1)
    let result = try #require(outcome.result)
    #expect(result.finishReason == .stop)
    #expect(result.tokens.isEmpty && result.text.isEmpty)
    return try #require(found.first)
  }

  private static func vector(
    of request: GenerationRequest,
    from engine: BatchEngine
  ) async throws -> [Float] {
    try vector(try await Crowd.outcome(of: engine.generate(request)))
  }

  // The tolerance is ten times the distance between the reference's own float32 and float64 runs, at least 2e-5: the
  // rule of the fixtures' hidden states, of which these are sums. The cache is float32, as the reference's is.
  @Test func `vectors are those of transformers`() async throws {
    let references = try Dictionary(grouping: Reference.all(), by: \.model)
    #expect(references.count == 15)
    for (name, references) in references.sorted(by: { $0.key < $1.key }) {
      let model = try await TestModels.load("fixtures/models/\(name)")
      var options = BatchOptions()
      options.cacheType = .f32
      options.prefillChunkLength = 13
      let engine = try BatchEngine(model: model, options: options)
      for reference in references {
        let pooling = try #require(Self.poolings[reference.pooling])
        let found = try await Self.vector(
          of: Self.request(reference.tokens, pooling),
          from: engine
        )
        #expect(found.count == reference.values.count)
        let difference = zip(found, reference.values).map { abs($0 - $1) }.max() ?? .infinity
        #expect(
          difference <= max(10 * reference.noise, 2e-5),
          "\(name), \(reference.tokens.count) tokens, \(reference.pooling)"
        )
      }
    }
  }

  @Test(arguments: [
    "data/stories260K/stories260K.gguf", "fixtures/models/mistral-v01-swa",
    "fixtures/models/llama4-scout-text", "fixtures/models/phi3-longrope",
    "fixtures/models/deepseek-v3", "fixtures/models/opt-350m", "fixtures/e2e/kquant/Q4_K_M.gguf",
  ])
  func `a vector is the same alone, in a crowd, and after leaving the cache`(
    path: String
  ) async throws {
    let model = try await TestModels.load(path)
    let length = min(model.architecture.positionLimit ?? 300, 300)
    var crowd = Crowd(seed: 11, vocabularyCount: model.vocabularyCount)
    var members = crowd.members(
      14,
      promptLengths: 1...length / 2,
      answerLengths: 1...min(length / 2, 60)
    )
    let poolings: [Pooling] = [.mean, .last, .first]
    for index in stride(from: 0, to: members.count, by: 2) {
      members[index].request = Self.request(
        members[index].request.prompt,
        poolings[index / 2 % poolings.count]
      )
    }
    let alone = try BatchEngine(model: model)
    var expected: [Int: [Float]] = [:]
    for index in stride(from: 0, to: members.count, by: 2) {
      expected[index] = try await Self.vector(of: members[index].request, from: alone)
    }
    for (chunk, texts) in [(72, 16.0), (5, 16.0), (24, 1.3)] {
      let engine = try BatchEngine(
        model: model,
        options: try Self.options(model, chunk: chunk, contextLength: length, texts: texts)
      )
      let outcomes = try await Crowd.outcomes(of: members, from: engine)
      for (index, vector) in expected {
        #expect(try Self.vector(outcomes[index]) == vector, "chunk \(chunk), text \(index)")
      }
      if path.contains("stories"), texts < 2 { #expect(engine.snapshot().preemptions > 0) }
    }
  }

  private static func options(
    _ model: LanguageModel,
    chunk: Int,
    contextLength: Int,
    texts: Double
  ) throws -> BatchOptions {
    var options = BatchOptions()
    options.prefillChunkLength = chunk
    options.contextLength = contextLength
    let layout = try CacheLayout(layers: model.architecture.cacheLayers, type: options.cacheType)
    let one = layout.groups.reduce(0) { sum, group in
      let pages = group.pageLimit(contextLength: contextLength, stepLength: 2 * chunk)
      return sum + pages * group.pageByteCount
    }
    options.cacheBytes = Int(Double(one) * texts)
    return options
  }

  @Test func `nobody waits for a token while a long text is embedded, and none of it stays`()
    async throws
  {
    let model = try await TestModels.stories()
    var options = BatchOptions()
    options.prefillChunkLength = 8
    let engine = try BatchEngine(model: model, options: options)
    var writing = GenerationRequest(prompt: [1, 403, 407], sampling: .greedy)
    writing.maximumTokens = 120
    writing.ignoresEndOfText = true
    let answer = engine.generate(writing, for: Party(team: "a"))
    var events = answer.makeAsyncIterator()
    var isWriting = false
    while !isWriting, let event = try await events.next() {
      if case .token = event { isWriting = true }
    }
    let tokens = (0..<400).map { Int32(3 + $0 % 500) }
    let outcome = try await Crowd.outcome(
      of: engine.generate(Self.request(tokens), for: Party(team: "b"))
    )
    _ = try Self.vector(outcome)
    while try await events.next() != nil {}
    // One step for the prompt; in every other one the answer got its token.
    let figures = engine.snapshot()
    #expect(figures.batchRows[0] == 1)
    #expect(figures.stepCount == 120)
    // Of both texts only the answer's is worth keeping.
    #expect(figures.finishedTexts == 1)
    let statistics = try #require(outcome.result?.statistics)
    #expect(statistics.promptTokenCount == 400 && statistics.cachedTokenCount == 0)
    #expect(statistics.computeSeconds > 0 && statistics.timeToFirstToken > .zero)
  }

  @Test func `a text may fill the context, not more`() async throws {
    let model = try await TestModels.stories()
    var options = BatchOptions()
    options.contextLength = 100
    let engine = try BatchEngine(model: model, options: options)
    let tokens = (0..<101).map { Int32(3 + $0) }
    _ = try await Self.vector(of: Self.request(Array(tokens.dropLast())), from: engine)
    await #expect(throws: GenerationError.promptTooLong(tokenCount: 101, contextLength: 100)) {
      _ = try await Crowd.outcome(of: engine.generate(Self.request(tokens)))
    }
    await #expect(throws: GenerationError.emptyPrompt) {
      _ = try await Crowd.outcome(of: engine.generate(Self.request([])))
    }
  }

  @Test func `a vector that nobody waits for is not computed`() async throws {
    let model = try await TestModels.stories()
    let engine = try BatchEngine(model: model)
    // The engine's queue is held, so that no step comes before the cancellation.
    let answer = await engine.perform { _ in
      let answer = engine.generate(Self.request((0..<500).map { Int32(3 + $0) }))
      answer.cancel()
      return answer
    }
    let outcome = try await Crowd.outcome(of: answer)
    #expect(outcome.result?.finishReason == .cancelled)
    #expect(outcome.events.count == 1)
    #expect(engine.snapshot().stepCount == 0)
  }

  /// What the key says, and what follows.
  static let keys: [(Int?, Pooling?)] = [
    (nil, .mean), (0, .mean), (1, .mean), (2, .first), (3, .last), (4, nil),
  ]

  @Test(arguments: keys)
  func `the file says how texts are pooled`(key: Int?, expected: Pooling?) async throws {
    let keys = key.map { [("llama.pooling_type", GGUFValue.uint32(UInt32($0)))] } ?? []
    let model = try await TestModels.stories(adding: keys, tensors: [])
    #expect(try model.checkpoint.pooling == expected)
  }

  @Test func `weights that are no numbers give an error, not a vector`() async throws {
    let model = try await TestModels.stories(
      adding: [],
      tensors: [("output_norm.weight", Array(repeating: .nan, count: 64))],
      replacing: true
    )
    let engine = try BatchEngine(model: model)
    await #expect(throws: GenerationError.unusableEmbedding) {
      _ = try await Crowd.outcome(of: engine.generate(Self.request([1, 2, 3])))
    }
  }
}
