// Owns: a model of bytes for the tests: its tokenizer, ChatML, and an engine that follows a script.

import Chaski
import ChaskiChat
import ChaskiGeneration
import ChaskiSampling
import ChaskiServer
import ChaskiTokenizers
import Foundation

/// A model whose tokens are bytes, and two more that part the messages of ChatML.
enum TinyModel {
  /// The token after a message.
  static let endID: Int32 = 257
  /// Its name.
  static let endMark = "<|im_end|>"

  /// The tokenizer: GPT-2's characters for bytes, `<|im_start|>` and `<|im_end|>`.
  static func tokenizer(adding more: [String] = []) throws -> Tokenizer {
    var entries: [String] = []
    var next: UInt32 = 0x100
    for byte in UInt32(0)..<256 {
      let isPrintable =
        (0x21...0x7E).contains(byte) || (0xA1...0xAC).contains(byte) || byte >= 0xAE
      let scalar = Unicode.Scalar(isPrintable ? byte : next) ?? " "
      if !isPrintable { next += 1 }
      let text = String(Character(scalar))
      let escaped = text == "\"" ? "\\\"" : text == "\\" ? "\\\\" : text
      entries.append("\"\(escaped)\": \(byte)")
    }
    let added = (["<|im_start|>", "<|im_end|>"] + more).enumerated().map { index, text in
      """
      {"id": \(256 + index), "content": "\(text)", "single_word": false, "lstrip": false,
       "rstrip": false, "normalized": false, "special": true}
      """
    }
    return try Tokenizer(
      huggingFace: Array(
        """
        {"added_tokens": [\(added.joined(separator: ","))], "normalizer": null,
         "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false},
         "decoder": {"type": "ByteLevel"},
         "model": {"type": "BPE", "vocab": {\(entries.joined(separator: ","))}, "merges": []}}
        """.utf8
      )
    )
  }

  /// The model, answered for by `engine`.
  static func served(
    by engine: any TextEngine,
    id: String = "tiny",
    template: String? = nil,
    pooling: Pooling? = .mean,
    adding tokens: [String] = [],
    sampling: SamplingOptions = SamplingOptions()
  ) throws -> ServedModel {
    let tokenizer = try tokenizer(adding: tokens)
    let sources = template.map { ["default": $0] } ?? [:]
    var facts = ServedModel.Facts()
    facts.embeddingLength = 4
    facts.pooling = pooling
    return ServedModel(
      id: id,
      engine: engine,
      tokenizer: tokenizer,
      renderer: try PromptRenderer(
        tokenizer: tokenizer,
        templates: ChatTemplateSet(sources: sources)
      ),
      facts: facts,
      sampling: sampling
    )
  }

  /// The tokens of a text: its bytes.
  static func tokens(_ text: String) -> [Int32] { text.utf8.map { Int32($0) } }
}
