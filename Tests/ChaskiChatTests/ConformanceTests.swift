// Owns: the comparison with renderings of templates of real models.

import ChaskiTestSupport
import ChaskiChat
import ChaskiJinja
import Foundation
import Testing

/// The recorded renderings beside a developer's checkout.
enum RecordedTemplates {
  static let folder = "fixtures/chat_templates"
  static let now = CivilTime(year: 2026, month: 11, day: 21, hour: 9, minute: 5, second: 7)

  static func json(_ name: String) throws -> JSONValue {
    try JSONValue(
      parsing: String(contentsOf: Shared.url("\(folder)/\(name)"), encoding: .utf8)
    )
  }

  /// The names of the templates; none without the shared folder.
  static let names: [String] = (try? json("expected.json").object?.keys) ?? []
}

@Suite struct ConformanceTests {
  @Test(.enabled(if: Shared.isPresent, Shared.reason))
  func `there are recorded templates`() {
    #expect(RecordedTemplates.names.count >= 31)
  }

  @Test(.enabled(if: Shared.isPresent, Shared.reason), arguments: RecordedTemplates.names)
  func `a template renders as the reference to the character`(name: String) throws {
    let recorded = try #require(RecordedTemplates.json("expected.json")[name])
    let source = try String(
      contentsOf: Shared.url("\(RecordedTemplates.folder)/templates/\(name).jinja"),
      encoding: .utf8
    )
    let template = try ChatTemplate(
      source,
      name: name,
      specialTokens: TemplateTokens(
        bos: recorded["bos_token"]?.string,
        eos: recorded["eos_token"]?.string
      )
    )
    let conversations = try #require(RecordedTemplates.json("conversations.json").array)
    let renders = try #require(recorded["renders"]?.array)
    #expect(!renders.isEmpty)
    for render in renders {
      let conversation = try #require(
        conversations.first { $0["name"] == render["conversation"] }
      )
      let recordedCase = try Self.conformance(render, conversation)
      let outcome = recordedCase.outcome(of: template, now: RecordedTemplates.now)
      #expect(outcome == .equal, "\(render["conversation"]?.string ?? "?")")
    }
  }

  private static func conformance(
    _ render: JSONValue,
    _ conversation: JSONValue
  ) throws -> TemplateConformance {
    var expectation = TemplateConformance.Expectation.text(render["text"]?.string ?? "")
    if let error = render["error"]?.string {
      // The exception's class stands before its message.
      let parts = error.split(separator: ": ", maxSplits: 1)
      let message = String(parts.last ?? "")
      expectation = render["kind"] == "raise_exception" ? .refusal(message) : .failure(message)
    }
    var messages: [ChatMessage] = []
    for message in conversation["messages"]?.array ?? [] {
      messages.append(try ChatMessage(json: message))
    }
    var tools: [ToolDefinition] = []
    for tool in conversation["tools"]?.array ?? [] { tools.append(ToolDefinition(json: tool)) }
    var variables: [String: JSONValue] = [:]
    for entry in render["extra"]?.object?.entries ?? [] { variables[entry.key] = entry.value }
    return TemplateConformance(
      messages: messages,
      tools: tools,
      addGenerationPrompt: render["add_generation_prompt"] == true,
      variables: variables,
      expectation: expectation
    )
  }
}
