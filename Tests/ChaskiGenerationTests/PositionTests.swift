import ChaskiTestSupport
import ChaskiFiles
import ChaskiGeneration
import ChaskiSampling
import ChaskiTensors
import Foundation
import Testing

/// Rotary angles that depend on the context's length: an answer is that of a text computed afresh.
@Suite(.enabled(if: Shared.isPresent, Shared.reason))
struct PositionTests {
  /// How stories260K is changed; the change of regime comes after 40 positions.
  enum Scaling: CaseIterable, Sendable {
    case dynamic
    case longRope
  }

  private static let originalContext = 40

  private static func model(_ scaling: Scaling) async throws -> LanguageModel {
    var keys: [(String, GGUFValue)] = [
      ("llama.rope.scaling.original_context_length", .uint32(UInt32(originalContext)))
    ]
    var tensors: [(String, [Float])] = []
    switch scaling {
    case .dynamic:
      keys.append(("llama.rope.scaling.type", .text("dynamic")))
      keys.append(("llama.rope.scaling.factor", .float32(2)))
    case .longRope:
      tensors.append(("rope_factors_short.weight", [1, 1.1, 1.2, 1.3]))
      tensors.append(("rope_factors_long.weight", [1, 1.5, 2.5, 4]))
    }
    return try await TestModels.stories(adding: keys, tensors: tensors)
  }

  private static func request(_ prompt: [Int32], maximumTokens: Int) -> GenerationRequest {
    var request = GenerationRequest(prompt: prompt, sampling: .greedy)
    request.maximumTokens = maximumTokens
    request.ignoresEndOfText = true
    return request
  }

  /// Tokens all over the vocabulary, after the one that begins a text.
  private static func prompt(_ count: Int) -> [Int32] {
    [1] + (1..<count).map { Int32(3 + $0 * 97 % 500) }
  }

  private static func options(chunkLength: Int) -> EngineOptions {
    var options = EngineOptions()
    options.prefillChunkLength = chunkLength
    return options
  }

  @Test(arguments: [1, 7, 64])
  func `a text that outgrows the original context is computed again with the long list`(
    chunkLength: Int
  ) async throws {
    let engine = try InferenceEngine(
      model: try await Self.model(.longRope),
      options: Self.options(chunkLength: chunkLength)
    )
    let prompt = Self.prompt(30)
    let tokens = try await engine.generate(Self.request(prompt, maximumTokens: 25)).tokens
    for count in tokens.indices {
      let logits = LastLogits()
      try await engine.forEachLogits(of: prompt + tokens[..<count]) { logits.set($1) }
      let greatest = logits.value.max()
      #expect(logits.value.firstIndex { $0 == greatest } == Int(tokens[count]))
    }
  }

  @Test(arguments: Scaling.allCases, [30, 39, 40, 41, 70])
  func `the parts in which a prompt is computed change nothing`(
    scaling: Scaling,
    promptLength: Int
  ) async throws {
    let model = try await Self.model(scaling)
    let request = Self.request(Self.prompt(promptLength), maximumTokens: 30)
    var found: [[Int32]] = []
    for chunkLength in [1, 7, 33, 96] {
      let options = Self.options(chunkLength: chunkLength)
      found.append(
        try await InferenceEngine(model: model, options: options).generate(request).tokens
      )
    }
    #expect(Set(found).count == 1)
  }

  @Test(arguments: Scaling.allCases)
  func `the scaling shows where the context is long, and only there`(scaling: Scaling) async throws
  {
    let plain = try await TestModels.stories(adding: [], tensors: [])
    let scaled = try await Self.model(scaling)
    for (length, isChanged) in [(Self.originalContext, scaling == .longRope), (60, true)] {
      let rows = LogitList()
      for model in [plain, scaled] {
        let engine = try InferenceEngine(model: model)
        try await engine.forEachLogits(of: Self.prompt(length), from: length - 1) {
          rows.append($1)
        }
      }
      #expect((rows.rows[0] != rows.rows[1]) == isChanged)
    }
  }

  @Test(arguments: Scaling.allCases, [30, 39, 40, 41])
  func `guesses across the change of regime change no token`(
    scaling: Scaling,
    promptLength: Int
  ) async throws {
    let model = try await Self.model(scaling)
    let request = Self.request(Self.prompt(promptLength), maximumTokens: 40)
    let plain = try await InferenceEngine(model: model).generate(request)
    var text = Speculation.text
    text.matchLengths = 1...3
    for speculation in [text, .draft(by: model)] {
      let engine = try InferenceEngine(model: model, speculation: speculation)
      #expect(try await engine.generate(request).tokens == plain.tokens)
    }
    let engine = try InferenceEngine(model: model, speculation: .draft(by: model))
    let found = try await engine.generate(request)
    #expect(found.statistics.acceptanceRate == 1)
    #expect(found.statistics.draftedTokenCount > 20)
  }

  @Test(arguments: Scaling.allCases)
  func `a beginning is used again only where its angles are those of the new text`(
    scaling: Scaling
  ) async throws {
    let model = try await Self.model(scaling)
    let engine = try InferenceEngine(model: model)
    var prompt = Self.prompt(12)
    // Lengths within the original context, across its end, and beyond it; then a short one again.
    for (more, isKept) in [(6, false), (10, true), (30, false), (20, scaling == .longRope)] {
      prompt += Self.prompt(more).dropFirst()
      let request = Self.request(prompt, maximumTokens: 5)
      let found = try await engine.generate(request)
      let fresh = try await InferenceEngine(model: model).generate(request)
      #expect(found.tokens == fresh.tokens)
      #expect((found.statistics.cachedTokenCount > 0) == isKept, "\(prompt.count) tokens")
      prompt += found.tokens
    }
    let short = Self.request(Array(prompt.prefix(20)), maximumTokens: 5)
    let found = try await engine.generate(short)
    #expect(found.statistics.cachedTokenCount == 0)
    let fresh = try await InferenceEngine(model: model).generate(short)
    #expect(found.tokens == fresh.tokens)
  }
}
