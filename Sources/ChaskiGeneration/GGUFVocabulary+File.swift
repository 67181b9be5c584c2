// Owns: which GGUF keys describe a tokenizer. Does not own: what they mean (ChaskiTokenizers).

package import ChaskiFiles
package import ChaskiTokenizers

extension GGUFVocabulary {
  /// The vocabulary in `metadata`, or nil if it has none (`tokenizer.ggml.model` is absent or "none").
  ///
  /// - Throws: `FileError` for keys of a wrong type, `TokenizerError` for strings that do not fit.
  package init?(metadata: GGUFMetadata) throws {
    guard let model = try metadata.string("tokenizer.ggml.model"), model != "none" else {
      return nil
    }
    func id(_ name: String) throws -> TokenID? {
      try metadata.int("tokenizer.ggml.\(name)_token_id").flatMap { TokenID(exactly: $0) }
    }
    func flag(_ name: String) throws -> Bool? { try metadata.bool("tokenizer.ggml.\(name)") }

    let tokens = try metadata.requireStringArray("tokenizer.ggml.tokens")
    let merges = try metadata.stringArray("tokenizer.ggml.merges")
    let types = try metadata.intArray("tokenizer.ggml.token_type") ?? []
    self.init(
      model: model,
      preTokenizer: try metadata.string("tokenizer.ggml.pre"),
      tokens: try StringTable(bytes: tokens.bytes, ends: tokens.ends),
      scores: try metadata.floatArray("tokenizer.ggml.scores") ?? [],
      types: types.map { Int32(clamping: $0) },
      merges: try merges.map { try StringTable(bytes: $0.bytes, ends: $0.ends) } ?? StringTable()
    )
    architecture = try metadata.string("general.architecture")
    modelName = try metadata.string("general.name")
    bosID = try id("bos")
    eosID = try id("eos")
    eotID = try id("eot")
    eomID = try id("eom")
    unknownID = try id("unknown")
    separatorID = try id("seperator") ?? id("separator")
    paddingID = try id("padding")
    classificationID = try id("cls")
    maskID = try id("mask")
    infillPrefixID = try id("fim_pre") ?? id("prefix")
    infillSuffixID = try id("fim_suf") ?? id("suffix")
    infillMiddleID = try id("fim_mid") ?? id("middle")
    infillRepositoryID = try id("fim_rep")
    infillFileID = try id("fim_sep")
    addBOS = try flag("add_bos_token")
    addEOS = try flag("add_eos_token")
    addSeparator = try flag("add_sep_token")
    addSpacePrefix = try flag("add_space_prefix")
    removeExtraWhitespaces = try flag("remove_extra_whitespaces")
    // Bytes, which some programs write as signed ones.
    let map = try metadata.intArray("tokenizer.ggml.precompiled_charsmap") ?? []
    precompiledCharacterMap = map.map { UInt8(truncatingIfNeeded: $0) }
  }
}
