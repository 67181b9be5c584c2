import ChaskiTestSupport
import ChaskiGeneration
import ChaskiModels
import ChaskiSampling
import ChaskiTensors
import ChaskiTokenizers
import Foundation
import Testing

/// The engine on a real small model: stories260K, a Llama 2 in float32.
@Suite(.enabled(if: Shared.isPresent, Shared.reason))
struct InferenceEngineTests {
  /// The continuation that the model's own program and llama.cpp give.
  static let story = """
    , there was a little girl named Lily. She loved to play outside in the park. One day, she saw a big, \
    red ball. She wanted to play with it, but it was too high.
    Lily's mom said, "Lily, let's go to the park." Lily was sad and didn't know what to do. She said, \
    "I want to play with your ball, but I can't
    """

  private func engine(
    options: EngineOptions = EngineOptions(),
    threads: Int = 1
  ) async throws -> InferenceEngine {
    try InferenceEngine(
      model: try await LanguageModel.load(
        path: Shared.url("data/stories260K/stories260K.gguf").path,
        on: CPUBackend(threadCount: threads)
      ),
      options: options
    )
  }

  private func request(_ text: String, for engine: InferenceEngine) throws -> GenerationRequest {
    let tokenizer = try engine.model.requireTokenizer()
    return GenerationRequest(
      prompt: tokenizer.encode(text, addSpecialTokens: true, parseSpecialTokens: false),
      sampling: .greedy
    )
  }

  @Test func `stories260K tells its golden story`() async throws {
    let engine = try await engine()
    var request = try request("Once upon a time", for: engine)
    request.maximumTokens = 200
    let events = EventList()
    let result = try await engine.generate(request) { events.append($0) }
    #expect(result.text.hasPrefix(Self.story))
    #expect(events.text == result.text)
    #expect(result.tokens.count == 200)
  }

  @Test(arguments: [(true, " time, there"), (false, "time, there")])
  func `the first space belongs to a text that is continued and not to an answer`(
    continuesText: Bool,
    expected: String
  ) async throws {
    let engine = try await engine()
    var request = try request("Once upon a", for: engine)
    request.maximumTokens = 20
    request.continuesText = continuesText
    let result = try await engine.generate(request)
    #expect(result.text.hasPrefix(expected))
  }

  @Test func `a stop text ends the answer before it`() async throws {
    let engine = try await engine()
    var request = try request("Once upon a time", for: engine)
    request.maximumTokens = 200
    request.stopTexts = ["One day"]
    let result = try await engine.generate(request)
    #expect(result.finishReason == .stop)
    #expect(result.text.hasSuffix("in the park. "))
  }

  @Test func `a prompt beyond the context is an error that names both lengths`() async throws {
    var options = EngineOptions()
    options.contextLength = 16
    let engine = try await engine(options: options)
    let request = GenerationRequest(prompt: Array(repeating: 5, count: 17), sampling: .greedy)
    await #expect(throws: GenerationError.promptTooLong(tokenCount: 17, contextLength: 16)) {
      try await engine.generate(request)
    }
  }

  @Test func `an answer ends when the context is full`() async throws {
    var options = EngineOptions()
    options.contextLength = 16
    let engine = try await engine(options: options)
    let result = try await engine.generate(
      GenerationRequest(prompt: [1, 403, 407, 261, 378], sampling: .greedy)
    )
    #expect(result.finishReason == .context)
    #expect(result.tokens.count == 12)
  }

  @Test func `tokens outside the vocabulary and empty prompts are errors`() async throws {
    let engine = try await engine()
    await #expect(throws: ModelError.tokenOutOfRange(token: 512, vocabularyCount: 512)) {
      try await engine.generate(GenerationRequest(prompt: [1, 512], sampling: .greedy))
    }
    await #expect(throws: ModelError.tokenOutOfRange(token: -1, vocabularyCount: 512)) {
      try await engine.generate(GenerationRequest(prompt: [-1], sampling: .greedy))
    }
    await #expect(throws: GenerationError.emptyPrompt) {
      try await engine.generate(GenerationRequest(prompt: [], sampling: .greedy))
    }
  }

  @Test func `a cancelled task ends with what there is, and the engine goes on`() async throws {
    let engine = try await engine()
    let base = try request("Once upon a time", for: engine)
    let events = EventList()
    let task = Task {
      var request = base
      request.ignoresEndOfText = true
      return try await engine.generate(request) { event in
        events.append(event)
        if events.tokenCount == 5 { unsafe withUnsafeCurrentTask { unsafe $0?.cancel() } }
      }
    }
    let result = try await task.value
    #expect(result.finishReason == .cancelled)
    #expect(result.tokens.count == 5)
    var next = base
    next.maximumTokens = 8
    let after = try await engine.generate(next)
    #expect(Self.story.hasPrefix(after.text))
    #expect(after.tokens.count == 8)
  }

  @Test func `the context's length must make sense`() async throws {
    for length in [0, -5, Int.max] {
      var options = EngineOptions()
      options.contextLength = length
      await #expect(throws: GenerationError.self) { _ = try await engine(options: options) }
    }
  }

  @Test func `a file without a tokenizer still computes, and says what it lacks`() async throws {
    let model = try await LanguageModel.load(
      path: Shared.url("fixtures/gguf/llama31-f16.gguf").path,
      on: CPUBackend(threadCount: 1)
    )
    #expect(throws: GenerationError.self) { try model.requireTokenizer() }
    var request = GenerationRequest(prompt: [3, 5, 7], sampling: .greedy)
    request.maximumTokens = 4
    #expect(try await InferenceEngine(model: model).generate(request).tokens.count == 4)
  }

  @Test func `an architecture that nobody defined is named`() async throws {
    var bytes = try Data(contentsOf: Shared.url("fixtures/gguf/gpt2-f16.gguf"))
    let name = try #require(bytes.firstRange(of: Data("gpt2".utf8)))
    bytes.replaceSubrange(name, with: Data("nope".utf8))
    let url = FileManager.default.temporaryDirectory.appending(path: "\(UUID().uuidString).gguf")
    try bytes.write(to: url)
    defer { try? FileManager.default.removeItem(at: url) }
    let error = await #expect(throws: ModelError.self) {
      try await LanguageModel.load(path: url.path, on: CPUBackend(threadCount: 1))
    }
    #expect(error?.description.contains("\"nope\"") == true)
  }

  @Test func `a model whose positions end is given no longer context`() async throws {
    let model = try await LanguageModel.load(
      path: Shared.url("fixtures/gguf/gpt2-f16.gguf").path,
      on: CPUBackend(threadCount: 1)
    )
    var options = EngineOptions()
    options.contextLength = 129
    #expect(throws: GenerationError.self) {
      _ = try InferenceEngine(model: model, options: options)
    }
    options.contextLength = 128
    var request = GenerationRequest(prompt: [175, 5, 7], sampling: .greedy)
    request.maximumTokens = 200
    request.ignoresEndOfText = true
    let result = try await InferenceEngine(model: model, options: options).generate(request)
    #expect(result.finishReason == .context)
    #expect(request.prompt.count + result.tokens.count >= 128)
  }
}
