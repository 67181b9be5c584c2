// Owns: the vocabulary of a GGUF file as plain data. Not how it is read from a file, nor what is made of it.

/// The `tokenizer.ggml.*` metadata of a GGUF file, as whoever reads the file hands it over.
///
/// Source: the GGUF specification, https://github.com/ggml-org/ggml/blob/master/docs/gguf.md.
/// Ids that are absent or negative mean "no such token"; flags that are absent take the model's default.
package struct GGUFVocabulary: Sendable {
  /// `tokenizer.ggml.model`: "llama", "gpt2", "bert", "t5", "gemma4".
  package var model: String
  /// `tokenizer.ggml.pre`: which pre-tokenizer a "gpt2" model wants.
  package var preTokenizer: String?
  /// `general.architecture`, for the few rules that files leave out.
  package var architecture: String?
  /// `general.name`, for the few rules that files leave out.
  package var modelName: String?
  /// `tokenizer.ggml.tokens`.
  package var tokens: StringTable
  /// `tokenizer.ggml.scores`, empty where the file has none.
  package var scores: [Float]
  /// `tokenizer.ggml.token_type`, empty where the file has none.
  package var types: [Int32]
  /// `tokenizer.ggml.merges`, each "left right", empty where the file has none.
  package var merges: StringTable
  /// `tokenizer.ggml.precompiled_charsmap`, empty where the file has none.
  package var precompiledCharacterMap: [UInt8] = []

  /// `tokenizer.ggml.bos_token_id`.
  package var bosID: TokenID?
  /// `tokenizer.ggml.eos_token_id`.
  package var eosID: TokenID?
  /// `tokenizer.ggml.eot_token_id`.
  package var eotID: TokenID?
  /// `tokenizer.ggml.eom_token_id`.
  package var eomID: TokenID?
  /// `tokenizer.ggml.unknown_token_id`.
  package var unknownID: TokenID?
  /// `tokenizer.ggml.seperator_token_id` (spelled so in the format).
  package var separatorID: TokenID?
  /// `tokenizer.ggml.padding_token_id`.
  package var paddingID: TokenID?
  /// `tokenizer.ggml.cls_token_id`.
  package var classificationID: TokenID?
  /// `tokenizer.ggml.mask_token_id`.
  package var maskID: TokenID?
  /// `tokenizer.ggml.fim_pre_token_id`, in older files `prefix_token_id`.
  package var infillPrefixID: TokenID?
  /// `tokenizer.ggml.fim_suf_token_id`, in older files `suffix_token_id`.
  package var infillSuffixID: TokenID?
  /// `tokenizer.ggml.fim_mid_token_id`, in older files `middle_token_id`.
  package var infillMiddleID: TokenID?
  /// `tokenizer.ggml.fim_rep_token_id`.
  package var infillRepositoryID: TokenID?
  /// `tokenizer.ggml.fim_sep_token_id`.
  package var infillFileID: TokenID?

  /// `tokenizer.ggml.add_bos_token`.
  package var addBOS: Bool?
  /// `tokenizer.ggml.add_eos_token`.
  package var addEOS: Bool?
  /// `tokenizer.ggml.add_sep_token`.
  package var addSeparator: Bool?
  /// `tokenizer.ggml.add_space_prefix`.
  package var addSpacePrefix: Bool?
  /// `tokenizer.ggml.remove_extra_whitespaces`.
  package var removeExtraWhitespaces: Bool?
  /// `tokenizer.ggml.normalizer.lowercase`, of "bert" models.
  package var lowercase: Bool?
  /// `tokenizer.ggml.normalizer.strip_accents`, of "bert" models.
  package var stripAccents: Bool?

  /// A vocabulary of the tables; ids and flags are set afterwards.
  package init(
    model: String,
    preTokenizer: String? = nil,
    tokens: StringTable,
    scores: [Float] = [],
    types: [Int32] = [],
    merges: StringTable = StringTable()
  ) {
    self.model = model
    self.preTokenizer = preTokenizer
    self.tokens = tokens
    self.scores = scores
    self.types = types
    self.merges = merges
  }
}
