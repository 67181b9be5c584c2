// Owns: naming more tokens that end an answer. Does not own: those a vocabulary's own names tell.

extension Tokenizer {
  /// A tokenizer like `other` at whose tokens `ids` answers end too; ids outside the vocabulary are passed over.
  package convenience init(_ other: Tokenizer, alsoEndingAt ids: [TokenID]) {
    var parts = other.parts
    parts.endOfGenerationIDs.formUnion(ids.filter { parts.vocabulary.contains($0) })
    self.init(parts: parts)
  }
}
