// Owns: finding the tokenizer of a checkpoint. Does not own: what its files mean (ChaskiTokenizers).

package import ChaskiCheckpoints
import ChaskiFiles
package import ChaskiTokenizers

extension Tokenizer {
  /// The tokenizer of `checkpoint`, or nil if it has none.
  ///
  /// A GGUF file has it among its keys. In a folder it is the first of `tokenizer.json`, `tekken.json`,
  /// `tokenizer.model` (SentencePiece's or tiktoken's) and `vocab.json` with `merges.txt` that is there, with
  /// `tokenizer_config.json` beside it; answers end at the tokens that `generation_config.json` names, too.
  ///
  /// - Throws: `FileError`, `CheckpointError`, `TokenizerError`.
  package static func of(_ checkpoint: any Checkpoint) throws -> Tokenizer? {
    switch checkpoint {
    case let gguf as GGUFCheckpoint:
      return try GGUFVocabulary(metadata: gguf.file.metadata).map { try Tokenizer(gguf: $0) }
    case let folder as FolderCheckpoint:
      let ends = try folder.endTokens().compactMap { TokenID(exactly: $0) }
      return try ofFiles(in: folder).map { Tokenizer($0, alsoEndingAt: ends) }
    default: return nil
    }
  }

  private static func ofFiles(in folder: FolderCheckpoint) throws -> Tokenizer? {
    if let json = try folder.tokenizerJSON() {
      return try Tokenizer(huggingFace: json, configuration: try folder.tokenizerSettings())
    }
    guard let name = folder.tokenizerFile, let text = try folder.text(name) else { return nil }
    if name == "tekken.json" { return try Tokenizer(tekken: text) }
    guard let encoding = folder.tiktokenEncoding(of: text) else {
      return try Tokenizer(sentencePiece: text)
    }
    return try Tokenizer(tiktoken: text, encoding: encoding)
  }
}

extension FolderCheckpoint {
  /// The encoding of `text`, a `tokenizer.model`, if it has lines of base64 and a rank as Meta's own files
  /// since Llama 3; nil for SentencePiece's.
  package func tiktokenEncoding(of text: [UInt8]) -> TiktokenEncoding? {
    let line = text.prefix(256).prefix { $0 != UInt8(ascii: "\n") }
    guard let space = line.firstIndex(of: UInt8(ascii: " ")), space > line.startIndex else {
      return nil
    }
    let rank = line[(space + 1)...]
    guard !rank.isEmpty, rank.allSatisfy({ 0x30...0x39 ~= $0 }) else { return nil }
    return architecture == "llama4" ? .llama4 : .llama3
  }

  /// The bytes of `tokenizer.json`, or of one that says what `vocab.json` and `merges.txt` say; nil without
  /// either.
  ///
  /// - Throws: `CheckpointError`, `TokenizerError`.
  package func tokenizerJSON() throws -> [UInt8]? {
    switch tokenizerFile {
    case "tokenizer.json": return try text("tokenizer.json")
    case "vocab.json":
      guard let vocabulary = try text("vocab.json"), let merges = try text("merges.txt") else {
        return nil
      }
      return try MergesFile.tokenizer(
        vocabulary: vocabulary,
        merges: merges,
        configuration: try tokenizerSettings()
      )
    default: return nil
    }
  }

  /// The bytes of `tokenizer_config.json`, or else of `special_tokens_map.json`, which has some of the same
  /// keys.
  ///
  /// - Throws: `CheckpointError`.
  package func tokenizerSettings() throws -> [UInt8]? {
    if let text = try text("tokenizer_config.json") { return text }
    return try text("special_tokens_map.json")
  }
}
