// Owns: names that are not given twice: of requests, answers, messages.

/// A request's id: the client's own if it is harmless, else a new one.
package struct RequestIdentifier: Sendable {
  /// The id.
  package let text: String

  /// The id that `header` asks for, or a new one.
  package init(header: String?) {
    let isHarmless =
      header.map { text in
        (1...128).contains(text.utf8.count)
          && text.utf8.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F: true
            default: false
            }
          }
      } ?? false
    text = isHarmless ? header ?? "" : Self.new("req_")
  }

  /// `prefix` and 24 random characters.
  package static func new(_ prefix: String) -> String {
    let letters = Array("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
    var text = prefix
    for _ in 0..<24 { text.append(letters[Int.random(in: 0..<letters.count)]) }
    return text
  }
}
