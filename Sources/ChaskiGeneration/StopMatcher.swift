// Owns: finding stop texts in text that comes in pieces.

/// Passes text on until a stop text appears, holding back what could be the beginning of one.
package struct StopMatcher: Sendable {
  private let stops: [[UInt8]]
  private var held: [UInt8] = []
  /// Whether a stop text has come; nothing is passed on any more.
  package private(set) var isStopped = false

  /// A matcher for `stopTexts`; empty ones stop nothing.
  package init(_ stopTexts: [String]) {
    stops = stopTexts.filter { !$0.isEmpty }.map { Array($0.utf8) }
  }

  /// The text that is certain after `piece`.
  package mutating func append(_ piece: String) -> String {
    guard !isStopped else { return "" }
    guard !stops.isEmpty else { return piece }
    held.append(contentsOf: piece.utf8)
    if let start = firstStop() {
      isStopped = true
      return take(start)
    }
    return take(held.count - longestBeginning())
  }

  /// The text that was still held back.
  package mutating func finish() -> String {
    isStopped ? "" : take(held.count)
  }

  private mutating func take(_ count: Int) -> String {
    let text = String(decoding: held[..<count], as: UTF8.self)
    held.removeFirst(count)
    return text
  }

  private func firstStop() -> Int? {
    held.indices.first { start in
      stops.contains { held[start...].starts(with: $0) }
    }
  }

  /// The length of the longest end of `held` that begins a stop text.
  private func longestBeginning() -> Int {
    let longest = stops.map(\.count).max() ?? 0
    let lengths = (1..<max(longest, 1)).reversed().filter { $0 <= held.count }
    return lengths.first { length in
      stops.contains { $0.count > length && $0.starts(with: held[(held.count - length)...]) }
    } ?? 0
  }
}
