// Owns: choosing among a model's templates.

import ChaskiChat
import ChaskiJinja
import Testing

@Suite struct ChatTemplateSetTests {
  static let named = ChatTemplateSet(sources: ["default": "d", "tool_use": "t", "rag": "r"])

  @Test(
    arguments: [
      (nil, false, "d"), (nil, true, "t"), ("rag", true, "r"), ("default", true, "d"),
    ] as [(String?, Bool, String)]
  )
  func `a template is chosen as in the reference`(
    name: String?,
    hasTools: Bool,
    source: String
  ) throws {
    let template = try Self.named.template(
      named: name,
      hasTools: hasTools,
      specialTokens: TemplateTokens()
    )
    #expect(template.source == source)
    #expect(!template.isFallback)
  }

  @Test func `a missing name is an error that lists what there is`() {
    #expect(
      throws: ChatError.noTemplate(named: "x", available: ["default", "rag", "tool_use"])
    ) {
      try Self.named.template(named: "x", specialTokens: TemplateTokens())
    }
    let several = ChatTemplateSet(sources: ["a": "1", "b": "2"])
    #expect(throws: ChatError.noTemplate(named: "default", available: ["a", "b"])) {
      try several.template(specialTokens: TemplateTokens())
    }
    #expect(throws: ChatError.noTemplate(named: "x", available: [])) {
      try ChatTemplateSet(sources: [:]).template(named: "x", specialTokens: TemplateTokens())
    }
  }

  @Test func `a model without a template gets ChatML and says so`() throws {
    let template = try ChatTemplateSet(sources: [:]).template(specialTokens: TemplateTokens())
    #expect(template.isFallback)
    #expect(template.name == "ChatML")
    let messages = [
      ChatMessage(.system, "s"), ChatMessage(.user, " u\n"), ChatMessage(.assistant, nil),
    ]
    let now = CivilTime(year: 2026, month: 1, day: 1)
    #expect(
      try template.render(messages, now: now).text
        == "<|im_start|>system\ns<|im_end|>\n<|im_start|>user\n u\n<|im_end|>\n"
        + "<|im_start|>assistant\n<|im_end|>\n<|im_start|>assistant\n"
    )
    #expect(
      try template.render([], addGenerationPrompt: false, now: now).text.isEmpty
    )
  }

  @Test(
    arguments: [
      ("null", [:]), ("\"x\"", ["default": "x"]),
      (
        "[{\"name\": \"a\", \"template\": \"1\"}, {\"name\": \"b\", \"template\": \"2\"}]",
        ["a": "1", "b": "2"]
      ),
    ] as [(String, [String: String])]
  )
  func `a tokenizer's configuration is read`(text: String, sources: [String: String]) throws {
    let set = try ChatTemplateSet(tokenizerConfig: try JSONValue(parsing: text))
    #expect(set.sources == sources)
  }

  @Test(arguments: ["5", "[1]", "[{\"name\": \"a\"}]", "{}"])
  func `a malformed configuration throws`(text: String) throws {
    let json = try JSONValue(parsing: text)
    #expect(throws: ChatError.self) { try ChatTemplateSet(tokenizerConfig: json) }
  }

  @Test func `a GGUF file's keys are read`() {
    let keys = [
      "tokenizer.chat_template": "d", "tokenizer.chat_template.tool_use": "t",
      "tokenizer.chat_template.other": "o",
    ]
    let set = ChatTemplateSet(ggufNames: ["tool_use", "gone"]) { keys[$0] }
    #expect(set.sources == ["default": "d", "tool_use": "t"])
  }
}
