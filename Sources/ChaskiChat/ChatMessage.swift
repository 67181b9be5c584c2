// Owns: one message of a conversation. Does not own how a template sees it.

/// One message of a conversation.
package struct ChatMessage: Sendable, Hashable {
  /// Who speaks.
  package struct Role: RawRepresentable, Sendable, Hashable, ExpressibleByStringLiteral {
    /// The name templates compare with.
    package let rawValue: String

    /// Makes a role of any name; a template may refuse it.
    package init(rawValue: String) { self.rawValue = rawValue }

    /// Makes a role of any name; a template may refuse it.
    package init(stringLiteral value: String) { rawValue = value }

    /// Instructions before the conversation.
    package static let system: Role = "system"
    /// Instructions before the conversation, in newer models' words.
    package static let developer: Role = "developer"
    /// The person.
    package static let user: Role = "user"
    /// The model.
    package static let assistant: Role = "assistant"
    /// What a tool answered.
    package static let tool: Role = "tool"

    /// Whether the name is a known one, so that a template may build special tokens of it.
    package var isKnown: Bool {
      [Self.system, .developer, .user, .assistant, .tool, "function", "ipython"].contains(self)
    }
  }

  /// What is said.
  package enum Content: Sendable, Hashable {
    /// Text.
    case text(String)
    /// Text and other things in order, for templates that take a list.
    case parts([Part])
  }

  /// A part of a message's content.
  package enum Part: Sendable, Hashable {
    /// Text.
    case text(String)
    /// An image, sound or other thing in the form the template expects, such as
    /// `{"type": "image"}`.
    case other(JSONValue)
  }

  /// Who speaks.
  package var role: Role
  /// What is said; nil is `null` to the template, as in a message of tool calls alone.
  package var content: Content?
  /// What the model thought before it answered; templates see `reasoning_content`.
  package var reasoning: String?
  /// The tools the model wants called.
  package var toolCalls: [ToolCall]
  /// The name of the speaker or tool.
  package var name: String?
  /// The call that a tool's message answers.
  package var toolCallID: String?

  /// Makes a message of text.
  package init(
    _ role: Role,
    _ text: String?,
    reasoning: String? = nil,
    toolCalls: [ToolCall] = [],
    name: String? = nil,
    toolCallID: String? = nil
  ) {
    self.role = role
    self.content = text.map { .text($0) }
    self.reasoning = reasoning
    self.toolCalls = toolCalls
    self.name = name
    self.toolCallID = toolCallID
  }

  /// The text, with the texts of parts joined.
  package var text: String {
    switch content {
    case nil: return ""
    case .text(let text): return text
    case .parts(let parts):
      var text = ""
      for part in parts { if case .text(let piece) = part { text += piece } }
      return text
    }
  }
}
