// Owns: which positions a layer's tokens see. Does not own: attending (CPUBackend.attend).

/// How far back the tokens of a layer see.
package enum AttentionSpan: Sendable, Hashable {
  /// All positions before, and their own.
  case all
  /// The last `W` positions, their own included
  /// (Beltagy, Peters and Cohan 2020, https://arxiv.org/abs/2004.05150).
  case window(Int)
  /// The positions of their own block of `C`, up to their own: those p with equal p / C (Llama 4).
  case chunk(Int)

  /// The first position that a token at `position` sees.
  package func firstPosition(seenFrom position: Int) -> Int {
    switch self {
    case .all: 0
    case .window(let length): max(0, position + 1 - length)
    case .chunk(let length): position - position % length
    }
  }

  /// Whether the span has at least the token's own position.
  var isValid: Bool {
    switch self {
    case .all: true
    case .window(let length), .chunk(let length): length > 0
    }
  }
}
