// Owns: when typed lines make a complete input, and what it says.

/// The rules by which an input goes on over several lines.
///
/// A line that ends in a backslash goes on; the backslash is dropped and the line break stays. An
/// input that starts with three quotes goes on until three quotes end a line.
package enum MultilineInput {
  private static let quotes = "\"\"\""

  /// The input that `text` means, or nil while it goes on.
  package static func complete(_ text: String) -> String? {
    if text.hasPrefix(quotes) {
      let body = text.dropFirst(quotes.count)
      guard body.hasSuffix(quotes) else { return nil }
      return String(body.dropLast(quotes.count)).trimmingOneLineBreak()
    }
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    if lines.last?.hasSuffix("\\") ?? false { return nil }
    return lines.map { $0.hasSuffix("\\") ? $0.dropLast() : $0 }.joined(separator: "\n")
  }
}

extension String {
  /// The text without a line break at its start and one at its end, which only set quotes apart.
  fileprivate func trimmingOneLineBreak() -> String {
    var text = self[...]
    if text.first == "\n" { text.removeFirst() }
    if text.last == "\n" { text.removeLast() }
    return String(text)
  }
}
