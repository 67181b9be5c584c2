// Owns: the tokenizer that everyone else sees: text to ids, ids to text. Not the algorithms (Models/) nor how
// vocabularies are read (Formats/).

/// Turns text into the ids of a model's vocabulary and back.
///
/// Immutable and safe to share between threads. Encoding never fails: text without a token becomes bytes or the
/// unknown token, as the vocabulary says.
package final class Tokenizer: Sendable {
  let parts: TokenizerParts

  init(parts: TokenizerParts) { self.parts = parts }

  /// A tokenizer of a GGUF file's metadata, which follows llama.cpp where engines differ.
  ///
  /// - Throws: `TokenizerError` for a vocabulary that contradicts itself or needs what is not supported.
  package convenience init(gguf: GGUFVocabulary) throws(TokenizerError) {
    self.init(parts: try GGUFLoader.load(gguf))
  }

  /// A tokenizer of Hugging Face's `tokenizer.json`, and of `tokenizer_config.json` where there is one.
  ///
  /// - Throws: `TokenizerError` for broken JSON or for a step of the pipeline that is not supported.
  package convenience init(
    huggingFace json: [UInt8],
    configuration: [UInt8]? = nil
  ) throws(TokenizerError) {
    self.init(parts: try HuggingFaceLoader.load(json: json, configuration: configuration))
  }

  /// A tokenizer of a SentencePiece `tokenizer.model`.
  ///
  /// Special tokens are those of the model file; with `addSpecialTokens` the text begins with its `bos`.
  ///
  /// - Throws: `TokenizerError` for a broken file.
  package convenience init(sentencePiece model: [UInt8]) throws(TokenizerError) {
    self.init(parts: try SentencePieceLoader.load(model))
  }

  /// A tokenizer of a tiktoken rank file (`base64 rank` lines); what the file lacks stands in `encoding`.
  ///
  /// - Throws: `TokenizerError` for a broken line or a duplicate.
  package convenience init(
    tiktoken ranks: [UInt8],
    encoding: TiktokenEncoding
  ) throws(TokenizerError) {
    self.init(parts: try TiktokenLoader.load(ranks, encoding: encoding))
  }

  /// A tokenizer of Mistral's `tekken.json`.
  ///
  /// - Throws: `TokenizerError` for broken JSON or a vocabulary that contradicts itself.
  package convenience init(tekken json: [UInt8]) throws(TokenizerError) {
    self.init(parts: try TekkenLoader.load(json))
  }

  /// How many ids there are: 0 up to this are valid.
  package var vocabularyCount: Int { parts.vocabulary.count }

  /// The tokens that play a part of their own.
  package var special: SpecialTokens { parts.special }

  /// The tokens at which an answer is over.
  package var endOfGenerationIDs: Set<TokenID> { parts.endOfGenerationIDs }

  /// Whether the model's format begins every text with `special.bos`.
  package var addsBOS: Bool {
    parts.special.bos.map { parts.prefix.first == $0 } ?? false
  }

  /// The ids of `text`.
  ///
  /// - Parameters:
  ///   - text: any text.
  ///   - addSpecialTokens: whether to put in what the model's format wants around a text (`bos`, `eos`, ...).
  ///   - parseSpecialTokens: whether the text of a control token becomes that token. False for text from strangers.
  /// - Returns: the ids, none for no text.
  package func encode(
    _ text: String,
    addSpecialTokens: Bool,
    parseSpecialTokens: Bool
  ) -> [TokenID] {
    encode(
      utf8: Array(text.utf8),
      addSpecialTokens: addSpecialTokens,
      parseSpecialTokens: parseSpecialTokens
    )
  }

  /// The ids of text given as bytes, which need not be valid UTF-8: a stray byte is a character of its own.
  package func encode(
    utf8 text: [UInt8],
    addSpecialTokens: Bool,
    parseSpecialTokens: Bool
  ) -> [TokenID] {
    encode(
      text,
      addSpecialTokens: addSpecialTokens,
      literals: parseSpecialTokens ? .nowhere : .everywhere
    )
  }

  /// The ids of `text`, in which strangers wrote `literalRanges`.
  ///
  /// The text is encoded as a whole, so that outside the literal ranges the ids are those of any other text.
  /// A control token is recognised only where its text overlaps none of them; user-defined tokens, such as
  /// `<think>` in many models, are recognised anywhere. Control tokens that the vocabulary looks for in normalised
  /// text are followed to their places there; where normalising joins characters across the border of a range, so
  /// that the places cannot be told, none of them is recognised between the tokens on either side.
  ///
  /// - Parameters:
  ///   - text: a prompt.
  ///   - addSpecialTokens: whether to put in what the model's format wants around a text (`bos`, `eos`, ...).
  ///   - literalRanges: places in the text's UTF-8, in order; what lies outside the text is left out.
  /// - Returns: the ids; with no ranges, those of `encode` with `parseSpecialTokens`.
  package func encode(
    _ text: String,
    addSpecialTokens: Bool,
    literalRanges: [Range<Int>]
  ) -> [TokenID] {
    let utf8 = Array(text.utf8)
    return encode(
      utf8,
      addSpecialTokens: addSpecialTokens,
      literals: LiteralText(literalRanges, count: utf8.count)
    )
  }

  private func encode(
    _ text: [UInt8],
    addSpecialTokens: Bool,
    literals: LiteralText
  ) -> [TokenID] {
    var output: [TokenID] = []
    output.reserveCapacity(text.count / 4 + 4)
    if addSpecialTokens { output.append(contentsOf: parts.prefix) }
    parts.encode(text, literals: literals, into: &output)
    if addSpecialTokens { output.append(contentsOf: parts.suffix) }
    return output
  }

  /// The text of `ids`; bytes that are not UTF-8 become U+FFFD.
  ///
  /// Ids outside the vocabulary are passed over.
  package func decode(_ ids: some Sequence<TokenID>, skipSpecialTokens: Bool) -> String {
    parts.decoding.repair.text(decodeBytes(ids, skipSpecialTokens: skipSpecialTokens))
  }

  /// The text of `ids` as bytes.
  ///
  /// Ids outside the vocabulary are passed over.
  package func decodeBytes(
    _ ids: some Sequence<TokenID>,
    skipSpecialTokens: Bool
  ) -> [UInt8] {
    var output: [UInt8] = []
    var state = DecodingState()
    for id in ids {
      parts.decode(id, skipSpecialTokens: skipSpecialTokens, state: &state, into: &output)
    }
    state.endBytes(into: &output)
    return output
  }

  /// A decoder that takes the ids of one answer one at a time.
  ///
  /// - Parameters:
  ///   - skipSpecialTokens: whether control tokens show.
  ///   - continuesText: whether the ids go on with a text, so that a space at their start is part of it.
  /// - Returns: a decoder that has seen nothing yet.
  package func streamingDecoder(
    skipSpecialTokens: Bool,
    continuesText: Bool = false
  ) -> StreamingDecoder {
    StreamingDecoder(
      tokenizer: self,
      skipSpecialTokens: skipSpecialTokens,
      continuesText: continuesText
    )
  }

  /// The bytes that `id` stands for, on its own; none for an id outside the vocabulary.
  package func bytes(of id: TokenID) -> [UInt8] {
    parts.vocabulary.contains(id) ? Array(parts.vocabulary.pieces[Int(id)]) : []
  }

  /// What `id` stands for; `unused` for an id outside the vocabulary.
  package func kind(of id: TokenID) -> TokenKind {
    parts.vocabulary.contains(id) ? parts.vocabulary.kinds[Int(id)] : .unused
  }

  /// The token whose own text is exactly `text`, special or not.
  package func id(of text: String) -> TokenID? { parts.vocabulary.id(of: Array(text.utf8)) }
}
