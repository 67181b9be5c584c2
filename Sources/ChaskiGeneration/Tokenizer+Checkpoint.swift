// Owns: finding the tokenizer of a checkpoint. Does not own: what its files mean (ChaskiTokenizers).

package import ChaskiCheckpoints
import ChaskiFiles
package import ChaskiTokenizers

extension Tokenizer {
  /// The tokenizer of `checkpoint`, or nil if it has none.
  ///
  /// A GGUF file has it among its keys. In a folder it is the first of `tokenizer.json`, `tekken.json` and
  /// `tokenizer.model` that is there, with `tokenizer_config.json` beside it; answers end at the tokens that
  /// `generation_config.json` names, too.
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
    guard let name = folder.tokenizerFile, let text = try folder.text(name) else { return nil }
    switch name {
    case "tokenizer.json":
      return try Tokenizer(
        huggingFace: text,
        configuration: try folder.text("tokenizer_config.json")
      )
    case "tekken.json": return try Tokenizer(tekken: text)
    default: return try Tokenizer(sentencePiece: text)
    }
  }
}
