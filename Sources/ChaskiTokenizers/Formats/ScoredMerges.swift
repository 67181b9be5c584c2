// Owns: SentencePiece's byte-pair models out of pieces and scores. Not the files they come from.

/// Makes the models of vocabularies whose pieces have scores.
enum ScoredMerges {
  /// SentencePiece's byte-pair encoding: any two symbols whose texts make a piece merge, the best score first.
  ///
  /// Control and byte pieces are never made by merging, as in sentencepiece itself: the text of strangers cannot
  /// become a control token.
  ///
  /// - Throws: `tooLarge` for a piece of more than `Vocabulary.pieceLimit` bytes.
  static func model(
    _ vocabulary: Vocabulary,
    scores: [Float],
    unknown: TokenID?
  ) throws(TokenizerError) -> BytePairModel {
    let kinds = vocabulary.kinds
    let isPiece = { (id: Int) in
      kinds[id] == .normal || kinds[id] == .userDefined || kinds[id] == .unused
    }
    let alphabet = MergeTables.characterAlphabet(vocabulary, isPiece: isPiece).alphabet
    return BytePairModel(
      alphabet: alphabet,
      pairs: try MergeTables.implied(vocabulary, alphabet: alphabet, isPiece: isPiece) {
        MergeTables.rank(ofScore: scores[$0])
      },
      tokenCount: vocabulary.count,
      fallback: fallback(vocabulary, unknown: unknown),
      safeCuts: SafeCuts(vocabulary.pieces, isPiece: isPiece)
    )
  }

  /// Bytes where the vocabulary has them, else one unknown token for a run of characters.
  static func fallback(_ vocabulary: Vocabulary, unknown: TokenID?) -> Fallback {
    if vocabulary.kinds.contains(.byte) {
      return Fallback(rule: .bytes(vocabulary.byteTokens()), unknown: unknown)
    }
    guard let unknown else { return Fallback(rule: .drop) }
    return Fallback(rule: .unknown(unknown, fuses: true), unknown: unknown)
  }
}

extension UnigramModel {
  /// How much worse than the worst piece an unknown character is.
  ///
  /// Source: sentencepiece `unigram_model.cc`.
  private static let unknownPenalty = 10.0

  /// A unigram model of pieces and scores; user-defined pieces get scores by their length and the best score.
  ///
  /// - Throws: `TokenizerError.tooLarge` for more than a trie can hold.
  init(
    _ vocabulary: Vocabulary,
    scores: [Float],
    unknown: TokenID?,
    userDefinedScore: (_ byteCount: Int, _ best: Float) -> Float
  ) throws(TokenizerError) {
    var trie = ByteTrie()
    var scores = scores
    var lowest = Float.greatestFiniteMagnitude
    var best = -Float.greatestFiniteMagnitude
    for id in 0..<vocabulary.count where vocabulary.kinds[id] == .normal {
      lowest = min(lowest, scores[id])
      best = max(best, scores[id])
    }
    let kinds = vocabulary.kinds
    for id in 0..<vocabulary.count where kinds[id] == .normal || kinds[id] == .userDefined {
      let piece = vocabulary.pieces[id]
      guard !piece.isEmpty else { continue }
      if kinds[id] == .userDefined { scores[id] = userDefinedScore(piece.count, best) }
      try trie.insert(piece, TokenID(id))
    }
    self.init(
      trie: trie,
      scores: scores,
      unknownScore: Double(lowest) - Self.unknownPenalty,
      fallback: ScoredMerges.fallback(vocabulary, unknown: unknown),
      safeCuts: SafeCuts(vocabulary.pieces) { kinds[$0] == .normal || kinds[$0] == .userDefined }
    )
  }
}
