// Owns: reading the messages of OpenAI's requests.

import ChaskiChat

/// Reads lists of messages.
enum ChatMessages {
  /// The messages of `fields`, with parts of text joined.
  ///
  /// - Throws: `ServerError`.
  static func read(_ fields: RequestFields) throws(ServerError) -> [ChatMessage] {
    guard let elements = try fields.array("messages") else { throw .missing(field: "messages") }
    guard !elements.isEmpty else { throw .field("messages", expected: "at least one message") }
    var messages: [ChatMessage] = []
    for (index, element) in elements.enumerated() {
      messages.append(try read(element, at: "messages[\(index)]"))
    }
    return messages
  }

  private static func read(_ json: JSONValue, at path: String) throws(ServerError) -> ChatMessage {
    guard json.object != nil else { throw .field(path, expected: "an object") }
    var message: ChatMessage
    do throws(ChatError) {
      message = try ChatMessage(json: json)
    } catch {
      switch error {
      case .field(let field, let expected): throw .field("\(path).\(field)", expected: expected)
      default:
        throw .field("\(path).tool_calls", expected: "calls whose arguments are JSON")
      }
    }
    guard message.role.isKnown else {
      throw .field(
        "\(path).role",
        expected: "system, developer, user, assistant or tool, not \(message.role.rawValue)"
      )
    }
    try joinParts(of: &message, at: path)
    if message.content == nil, message.toolCalls.isEmpty {
      // An assistant that refused has said nothing else.
      guard json["refusal"]?.string != nil else { throw .missing(field: "\(path).content") }
      message.content = .text("")
    }
    return message
  }

  /// Templates of text models take one text; what is no text would be lost.
  private static func joinParts(
    of message: inout ChatMessage,
    at path: String
  ) throws(ServerError) {
    guard case .parts(let parts)? = message.content else { return }
    var texts: [String] = []
    for part in parts {
      switch part {
      case .text(let text): texts.append(text)
      case .other(let json):
        let type = json["type"]?.string ?? "unknown"
        guard type != "refusal" else { continue }
        throw .unsupported(
          field: "\(path).content",
          reason: "the model reads text, not a part of type \(type.prefix(40))."
        )
      }
    }
    message.content = .text(texts.joined(separator: "\n"))
  }
}
