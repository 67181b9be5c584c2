// Owns: small vocabularies that tests write themselves. Not the shared files.

import ChaskiTokenizers
import Foundation

/// Vocabularies of a few tokens, in each of the formats.
enum TinyVocabulary {
  /// GPT-2's character for each byte.
  static let byteCharacters: [String] = {
    var characters: [String] = []
    var next: UInt32 = 0x100
    for byte in UInt32(0)..<256 {
      let isPrintable =
        (0x21...0x7E).contains(byte) || (0xA1...0xAC).contains(byte) || byte >= 0xAE
      characters.append(String(Character(Unicode.Scalar(isPrintable ? byte : next) ?? " ")))
      if !isPrintable { next += 1 }
    }
    return characters
  }()

  /// A GGUF vocabulary of all bytes and some merges of printable ASCII.
  static func byteLevel(merges: [String] = ["a a", "aa aa", "h e", "l l"]) -> GGUFVocabulary {
    var pieces = byteCharacters
    for merge in merges { pieces.append(merge.replacing(" ", with: "")) }
    pieces.append("<|im_end|>")
    var vocabulary = GGUFVocabulary(
      model: "gpt2",
      preTokenizer: "gpt-2",
      tokens: StringTable(pieces),
      merges: StringTable(merges)
    )
    vocabulary.types = pieces.map { $0 == "<|im_end|>" ? 3 : 1 }
    return vocabulary
  }

  /// A SentencePiece vocabulary in GGUF: unknown, control, bytes, and pieces with falling scores.
  static func sentencePiece(_ pieces: [String], model: String = "llama") -> GGUFVocabulary {
    let bytes = (0..<256).map { String(format: "<0x%02X>", $0) }
    let all = ["<unk>", "<s>", "</s>"] + bytes + pieces
    var vocabulary = GGUFVocabulary(model: model, tokens: StringTable(all))
    vocabulary.types =
      [2, 3, 3] + bytes.map { _ in 6 } + pieces.map { _ in 1 }
    vocabulary.scores =
      [0, 0, 0] + bytes.map { _ in 0 } + pieces.indices.map { -Float($0) - 1 }
    return vocabulary
  }

  /// A `tokenizer.json` of all bytes, with a normaliser and a pre-tokenizer.
  static func json(normalizer: String = "null", added: String = "[]") -> [UInt8] {
    let pieces = byteCharacters.enumerated().map { id, piece in
      let escaped = piece == "\"" ? "\\\"" : piece == "\\" ? "\\\\" : piece
      return "\"\(escaped)\": \(id)"
    }
    return Array(
      """
      {"added_tokens": \(added), "normalizer": \(normalizer),
       "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false},
       "decoder": {"type": "ByteLevel"},
       "model": {"type": "BPE", "vocab": {\(pieces.joined(separator: ","))}, "merges": []}}
      """.utf8
    )
  }

  /// A SentencePiece model file of pieces with scores and types.
  static func protobuf(
    _ pieces: [(text: String, score: Float, type: UInt8)],
    modelType: UInt8
  ) -> [UInt8] {
    var file: [UInt8] = []
    for piece in pieces {
      let text = Array(piece.text.utf8)
      let bits = piece.score.bitPattern
      var message: [UInt8] = [0x0A, UInt8(text.count)] + text + [0x15]
      message += [0, 8, 16, 24].map { UInt8(truncatingIfNeeded: bits >> $0) }
      message += [0x18, piece.type]
      file += [0x0A, UInt8(message.count)] + message
    }
    file += [0x12, 2, 0x18, modelType]
    // No dummy prefix, spaces kept.
    file += [0x1A, 4, 0x18, 0, 0x20, 0]
    return file
  }
}
