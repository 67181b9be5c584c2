// Owns: reading texts of a request that may be given as text or as tokens, one or many.

import ChaskiChat

extension CompletionRequest.Prompt {
  /// The texts of the field `key`: a string, a list of strings, a list of tokens, or a list of such lists.
  ///
  /// - Throws: `ServerError.missing`, `.field`.
  static func list(
    _ fields: RequestFields,
    _ key: String,
    atMost limit: Int
  ) throws(ServerError) -> [Self] {
    let expected = "a string, an array of strings, an array of token ids, or an array of those"
    guard let value = fields[key] else { throw .missing(field: fields.name(key)) }
    if let text = value.string { return [.text(text)] }
    guard let elements = value.array, let first = elements.first else {
      throw .field(fields.name(key), expected: expected)
    }
    if RequestFields.int(first) != nil {
      return [.tokens(try tokens(elements, fields.name(key), expected))]
    }
    guard elements.count <= limit else {
      throw .field(fields.name(key), expected: "at most \(limit) texts")
    }
    var prompts: [Self] = []
    for element in elements {
      if let text = element.string {
        prompts.append(.text(text))
      } else if let list = element.array {
        prompts.append(.tokens(try tokens(list, fields.name(key), expected)))
      } else {
        throw .field(fields.name(key), expected: expected)
      }
    }
    return prompts
  }

  private static func tokens(
    _ elements: [JSONValue],
    _ name: String,
    _ expected: String
  ) throws(ServerError) -> [Int32] {
    var tokens: [Int32] = []
    tokens.reserveCapacity(elements.count)
    for element in elements {
      guard let number = RequestFields.int(element), let token = Int32(exactly: number) else {
        throw .field(name, expected: expected)
      }
      tokens.append(token)
    }
    return tokens
  }
}
