import ChaskiTestSupport
import Chaski
import Foundation
import Testing

/// The public API on a tiny chat model.
@Suite(.enabled(if: Shared.isPresent, Shared.reason))
struct LanguageModelSessionTests {
  private func model() async throws -> Model {
    var configuration = Model.Configuration()
    configuration.threadCount = 1
    return try await Model.load(
      Shared.url("fixtures/e2e/llama3-bpe/llama3-bpe-f16.gguf").path,
      configuration: configuration
    )
  }

  @Test func `a streamed answer ends as the whole answer`() async throws {
    let options = GenerationOptions(sampling: .greedy, maximumResponseTokens: 20)
    let model = try await model()
    let whole = try await LanguageModelSession(model: model).respond(to: "Hi", options: options)
    var last = ""
    let session = try LanguageModelSession(model: model)
    for try await snapshot in session.streamResponse(to: "Hi", options: options) {
      #expect(snapshot.content.hasPrefix(last))
      last = snapshot.content
    }
    #expect(last == whole.content)
    #expect(whole.responseTokenCount > 0)
  }

  @Test func `a session remembers, and two calls at once come one after the other`() async throws {
    let options = GenerationOptions(sampling: .greedy, maximumResponseTokens: 5)
    let session = try LanguageModelSession(model: try await model(), instructions: "Be nice.")
    async let first = session.respond(to: "One", options: options)
    async let second = session.respond(to: "Two", options: options)
    let counts = try await [first.promptTokenCount, second.promptTokenCount].sorted()
    // The later prompt holds the earlier question and answer too.
    #expect(counts[1] > counts[0] + 5)
  }

  @Test func `a session that guesses ahead says the same`() async throws {
    let model = try await model()
    let options = GenerationOptions(
      sampling: .random(top: 5, seed: 3),
      maximumResponseTokens: 30
    )
    let plain = try await LanguageModelSession(model: model, speculation: .off)
      .respond(to: "Hi", options: options)
    for speculation in [LanguageModelSession.Speculation.conversation, .draft(model)] {
      let session = try LanguageModelSession(model: model, speculation: speculation)
      #expect(try await session.respond(to: "Hi", options: options).content == plain.content)
    }
  }

  @Test func `options that make no sense are refused`() async throws {
    let session = try LanguageModelSession(model: try await model())
    await #expect(throws: (any Error).self) {
      try await session.respond(to: "Hi", options: GenerationOptions(temperature: -1))
    }
  }
}
