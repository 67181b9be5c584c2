// Owns: messages to JSON and back. Not how templates see them (ChatTemplateTests).

import ChaskiChat
import Testing

@Suite struct ChatMessageTests {
  private static func parts(_ parts: [ChatMessage.Part]) -> ChatMessage {
    var message = ChatMessage(.user, nil)
    message.content = .parts(parts)
    return message
  }

  static let messages: [ChatMessage] = [
    ChatMessage(.user, "Hello, wörld\n"),
    ChatMessage(.system, ""),
    ChatMessage("critic", "no known role", name: "Ada"),
    parts([]),
    parts([.text("a"), .other(["type": "image", "url": "x"]), .text("")]),
    ChatMessage(.assistant, nil),
    ChatMessage(.assistant, "4", reasoning: "2 and 2"),
    ChatMessage(
      .assistant,
      nil,
      reasoning: "",
      toolCalls: [
        ToolCall(id: "c1", name: "add", arguments: ["b": 2, "a": [1, 2.5, nil, true]]),
        ToolCall(name: "now", arguments: [:]),
        ToolCall(name: "say", arguments: "a \"word\""),
      ]
    ),
    ChatMessage(.tool, "4", name: "add", toolCallID: "c1"),
  ]

  @Test(arguments: messages)
  func `a message written as JSON reads back equal`(message: ChatMessage) throws {
    #expect(try ChatMessage(json: message.json) == message)
    let text = try message.json.jsonText()
    #expect(try ChatMessage(json: JSONValue(parsing: text)) == message)
  }

  @Test func `a message has the fields that chat APIs share`() throws {
    let call = ToolCall(id: "c1", name: "add", arguments: ["a": 1])
    #expect(
      ChatMessage(.assistant, nil, reasoning: "hm", toolCalls: [call]).json == [
        "role": "assistant", "content": nil, "reasoning_content": "hm",
        "tool_calls": [
          ["id": "c1", "type": "function", "function": ["name": "add", "arguments": ["a": 1]]]
        ],
      ]
    )
    #expect(
      Self.parts([.text("a")]).json == [
        "role": "user", "content": [["type": "text", "text": "a"]],
      ]
    )
  }
}
