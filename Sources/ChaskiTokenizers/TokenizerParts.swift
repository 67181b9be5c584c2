// Owns: what a tokenizer is made of, whatever file it came from. Not the steps themselves.

/// The steps from text to ids and back, as data: every file format ends as one of these.
struct TokenizerParts: Sendable {
  /// The pieces and their kinds.
  var vocabulary: Vocabulary
  /// Pieces found in the text before anything else.
  var addedTokens = AddedTokens()
  /// What is done to the text before it is cut.
  var normalizer = Normalizer()
  /// Where the text is cut before the model sees it.
  var preTokenizer = PreTokenizer()
  /// How a stretch of text becomes ids.
  var model: Model
  /// How ids become text.
  var decoding = DecodingRule()
  /// Tokens that go on with a word, for decoding that puts words apart.
  var wordContinuations: Set<TokenID> = []
  var special = SpecialTokens()
  var endOfGenerationIDs: Set<TokenID> = []
  /// Put before a text when special tokens are wanted.
  var prefix: [TokenID] = []
  /// Put after a text when special tokens are wanted.
  var suffix: [TokenID] = []

  /// The algorithm that turns a stretch of text into ids.
  enum Model: Sendable {
    case bytePair(BytePairModel)
    case unigram(UnigramModel)
    case wordPiece(WordPieceModel)
  }
}
