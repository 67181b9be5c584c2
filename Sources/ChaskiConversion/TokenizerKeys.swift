// Owns: GGUF's keys for the tokenizer of a folder. Does not own: what its files mean (ChaskiTokenizers).

package import ChaskiCheckpoints
package import ChaskiFiles
import ChaskiGeneration
import ChaskiTokenizers

/// A folder's tokenizer as the keys that a GGUF file has for it.
package enum TokenizerKeys {
  /// The keys of a folder, none for one without a tokenizer, nor for what is no folder and has keys already.
  ///
  /// - Throws: `CheckpointError`, or `TokenizerError` for a tokenizer that GGUF has no keys for.
  package static func keys(
    of checkpoint: any Checkpoint
  ) throws -> [(name: String, value: GGUFValue)] {
    guard let folder = checkpoint as? FolderCheckpoint,
      let vocabulary = try vocabulary(of: folder)
    else { return [] }
    return keys(of: vocabulary)
  }

  private static func vocabulary(of folder: FolderCheckpoint) throws -> GGUFVocabulary? {
    let count = folder.tensor("token_embd.weight")?.rowCount ?? 0
    if let json = try folder.tokenizerJSON() {
      return try GGUFVocabulary(
        huggingFace: json,
        configuration: try folder.tokenizerSettings(),
        sentencePiece: try folder.text("tokenizer.model"),
        count: count
      )
    }
    guard let name = folder.tokenizerFile, let text = try folder.text(name) else { return nil }
    if name == "tekken.json" { return try GGUFVocabulary(tekken: text, count: count) }
    if let encoding = folder.tiktokenEncoding(of: text) {
      return try GGUFVocabulary(tiktoken: text, encoding: encoding, count: count)
    }
    return try GGUFVocabulary(sentencePiece: text, count: count)
  }

  private static func keys(of vocabulary: GGUFVocabulary) -> [(name: String, value: GGUFValue)] {
    var keys: [(name: String, value: GGUFValue)] = []
    func add(_ name: String, _ value: GGUFValue?) {
      if let value { keys.append(("tokenizer.ggml." + name, value)) }
    }
    add("model", .text(vocabulary.model))
    add("pre", vocabulary.preTokenizer.map { .text($0) })
    add("tokens", strings(vocabulary.tokens))
    if !vocabulary.scores.isEmpty {
      add("scores", .array(.float32, vocabulary.scores.map { .float32($0) }))
    }
    add("token_type", .array(.int32, vocabulary.types.map { .int32($0) }))
    if vocabulary.merges.count > 0 { add("merges", strings(vocabulary.merges)) }
    let ids: [(String, TokenID?)] = [
      ("bos", vocabulary.bosID), ("eos", vocabulary.eosID), ("eot", vocabulary.eotID),
      ("eom", vocabulary.eomID), ("unknown", vocabulary.unknownID),
      ("seperator", vocabulary.separatorID), ("padding", vocabulary.paddingID),
      ("cls", vocabulary.classificationID), ("mask", vocabulary.maskID),
    ]
    for (name, id) in ids {
      add(name + "_token_id", id.map { .uint32(UInt32(truncatingIfNeeded: $0)) })
    }
    add("add_bos_token", vocabulary.addBOS.map { .bool($0) })
    add("add_eos_token", vocabulary.addEOS.map { .bool($0) })
    add("add_space_prefix", vocabulary.addSpacePrefix.map { .bool($0) })
    add("remove_extra_whitespaces", vocabulary.removeExtraWhitespaces.map { .bool($0) })
    if !vocabulary.precompiledCharacterMap.isEmpty {
      let map = vocabulary.precompiledCharacterMap
      add("precompiled_charsmap", .array(.uint8, map.map { .uint8($0) }))
    }
    return keys
  }

  private static func strings(_ table: StringTable) -> GGUFValue {
    .array(.string, (0..<table.count).map { .string(Array(table[$0])) })
  }
}
