import ChaskiTestSupport
import Chaski
import ChaskiChat
import ChaskiGeneration
import ChaskiTensors
import Foundation
import Testing

/// Conversations as prompts, by the templates and tokenizers of whole little models.
@Suite(.enabled(if: Shared.isPresent, Shared.reason))
struct PromptRenderingTests {
  /// A conversation that was recorded with the prompt and the tokens that came of it.
  struct Chat: Sendable, CustomTestStringConvertible {
    let model: String
    let messages: [ChatMessage]
    let rendered: String
    let ids: [Int32]

    var testDescription: String { "\(model), \(messages.count) messages" }
  }

  static let chats: [Chat] = ["llama-spm", "llama3-bpe"].flatMap { name in
    let url = Shared.url("fixtures/e2e/\(name)/expected.json")
    let root = (try? String(contentsOf: url, encoding: .utf8)).flatMap {
      try? JSONValue(parsing: $0)
    }
    let cases = root?["cases"]?.array ?? []
    return cases.compactMap { (value: JSONValue) -> Chat? in
      guard value["kind"]?.string == "chat", let input = value["input"]?.array,
        let rendered = value["rendered"]?.string, let ids = value["ids"]?.array
      else { return nil }
      return Chat(
        model: name,
        messages: input.compactMap { try? ChatMessage(json: $0) },
        rendered: rendered,
        ids: ids.compactMap { if case .int(let id) = $0 { Int32(id) } else { nil } }
      )
    }
  }

  @Test func `there are chats`() { #expect(Self.chats.count == 4) }

  @Test(arguments: chats, ["", "-f16.gguf"])
  func `a chat becomes the recorded prompt and tokens`(chat: Chat, suffix: String) async throws {
    let path = "fixtures/e2e/\(chat.model)" + (suffix.isEmpty ? "" : "/\(chat.model)\(suffix)")
    let model = try await LanguageModel.load(
      path: Shared.url(path).path,
      on: CPUBackend(threadCount: 1)
    )
    let prompt = try PromptRenderer(model: model).prompt(for: chat.messages)
    #expect(prompt.text == chat.rendered)
    #expect(prompt.tokens == chat.ids)
  }
}
