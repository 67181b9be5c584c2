// Owns: whether two tokenizers speak of the same tokens.

extension Tokenizer {
  /// The lowest id that stands for other bytes in `other`, or that only one of the two has; nil if there is none.
  package func firstDifference(from other: Tokenizer) -> TokenID? {
    let (own, others) = (parts.vocabulary.pieces, other.parts.vocabulary.pieces)
    let shared = min(own.count, others.count)
    if let index = (0..<shared).first(where: { own[$0] != others[$0] }) { return TokenID(index) }
    return own.count == others.count ? nil : TokenID(shared)
  }
}
