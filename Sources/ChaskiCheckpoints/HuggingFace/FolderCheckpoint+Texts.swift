// Owns: what a folder has beside its weights: text files and the tokens that end an answer.
// Does not own: what a tokenizer's files mean (ChaskiTokenizers).

import Foundation

extension FolderCheckpoint {
  /// The bytes of one of the folder's text files, or nil without it.
  ///
  /// - Throws: `CheckpointError.invalidFile` for a file that cannot be read, or that no tokenizer is as large
  ///   as.
  package func text(_ name: String) throws(CheckpointError) -> [UInt8]? {
    try readFile(path + "/" + name, byteLimit: 256 << 20).map { Array($0) }
  }

  /// The file that the tokenizer is read from, the first of those that are known that is there.
  package var tokenizerFile: String? {
    ["tokenizer.json", "tekken.json", "tokenizer.model", "vocab.json"].first {
      FileManager.default.fileExists(atPath: path + "/" + $0)
    }
  }

  /// The tokens at which answers end: `eos_token_id` of `generation_config.json`, or else of `config.json`,
  /// one or a list.
  ///
  /// - Throws: `CheckpointError`.
  package func endTokens() throws(CheckpointError) -> [Int] {
    if let ends = try FolderTexts.generation(path)?.ints("eos_token_id") { return ends }
    if let ends = try configuration.ints("eos_token_id") { return ends }
    return try configuration.nested("text_config")?.ints("eos_token_id") ?? []
  }
}
