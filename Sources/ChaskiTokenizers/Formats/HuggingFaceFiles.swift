// Owns: writing a GGUF file's vocabulary as Hugging Face's files. Not reading them.

/// `tokenizer.json` and `tokenizer_config.json`, made of a GGUF vocabulary.
///
/// Source: https://github.com/huggingface/tokenizers for the file's form; the steps of SentencePiece's byte pairs
/// are those of the transformers library's conversion.
package struct HuggingFaceFiles: Sendable {
  /// The text of `tokenizer.json`.
  package let tokenizer: [UInt8]
  /// The text of `tokenizer_config.json`.
  package let configuration: [UInt8]

  /// The files of `vocabulary`, with a chat template if there is one.
  ///
  /// - Throws: `TokenizerError`; `unsupportedModel` or `unsupportedPreTokenizer` for what is not written yet.
  package init(
    _ vocabulary: GGUFVocabulary,
    chatTemplate: String?,
    contextLength: Int?
  ) throws(TokenizerError) {
    var special = SpecialTokens()
    var kinds = try GGUFLoader.readKinds(vocabulary)
    _ = try GGUFLoader.readSpecial(vocabulary, &special, &kinds)
    let parts = Parts(vocabulary: vocabulary, kinds: kinds, special: special)
    switch vocabulary.model {
    case "gpt2": tokenizer = try parts.byteLevel()
    case "llama": tokenizer = try parts.sentencePiece()
    case "t5": tokenizer = try parts.unigram()
    default:
      throw .unsupportedModel("\(vocabulary.model), which is not written to tokenizer.json yet")
    }
    configuration = parts.configuration(chatTemplate, contextLength)
  }

  /// What both files are made of.
  struct Parts {
    let vocabulary: GGUFVocabulary
    let kinds: [TokenKind]
    let special: SpecialTokens
  }
}

// MARK: - tokenizer.json

extension HuggingFaceFiles.Parts {
  fileprivate func byteLevel() throws(TokenizerError) -> [UInt8] {
    let name = vocabulary.preTokenizer ?? "default"
    guard let format = PreTokenizer.Named(gguf: name),
      let stages = PreTokenizer.json(format.preTokenizer.stages)
    else { throw .unsupportedPreTokenizer(name) }
    var text = JSONText()
    text.raw(#"{"version":"1.0","truncation":null,"padding":null,"added_tokens":"#)
    addedTokens(&text)
    let isNormalized = ["qwen2", "qwen35", "deepseek-r1-qwen"].contains(name)
    text.raw(#","normalizer":"# + (isNormalized ? #"{"type":"NFC"}"# : "null"))
    text.raw(#","pre_tokenizer":"# + stages + #","post_processor":"#)
    postProcessor(
      &text,
      addsBOS: vocabulary.addBOS ?? format.addsBOS,
      addsEOS: vocabulary.addEOS ?? false
    )
    text.raw(#","decoder":{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true,"#)
    text.raw(#""use_regex":false},"model":{"type":"BPE","dropout":null,"unk_token":null,"#)
    text.raw(#""continuing_subword_prefix":null,"end_of_word_suffix":null,"fuse_unk":false,"#)
    text.raw(#""byte_fallback":false,"ignore_merges":\#(format.wholePieceFirst),"vocab":"#)
    pieces(&text)
    text.raw(#","merges":["#)
    for index in 0..<vocabulary.merges.count {
      text.raw(index == 0 ? "" : ",")
      text.string(vocabulary.merges[index])
    }
    text.raw("]}}")
    return text.bytes
  }

  fileprivate func sentencePiece() throws(TokenizerError) -> [UInt8] {
    let prefix = vocabulary.addSpacePrefix ?? true
    var text = JSONText()
    text.raw(#"{"version":"1.0","truncation":null,"padding":null,"added_tokens":"#)
    addedTokens(&text)
    text.raw(#","normalizer":{"type":"Sequence","normalizers":["#)
    if prefix { text.raw(#"{"type":"Prepend","prepend":"▁"},"#) }
    text.raw(#"{"type":"Replace","pattern":{"String":" "},"content":"▁"}]},"pre_tokenizer":null,"#)
    text.raw(#""post_processor":"#)
    postProcessor(&text, addsBOS: vocabulary.addBOS ?? true, addsEOS: vocabulary.addEOS ?? false)
    text.raw(
      #","decoder":{"type":"Sequence","decoders":[{"type":"Replace","pattern":{"String":"▁"},"#
    )
    text.raw(#""content":" "},{"type":"ByteFallback"},{"type":"Fuse"}"#)
    if prefix { text.raw(#",{"type":"Strip","content":" ","start":1,"stop":0}"#) }
    text.raw(#"]},"model":{"type":"BPE","dropout":null,"unk_token":"#)
    if let unknown = special.unknown {
      text.string(vocabulary.tokens[Int(unknown)])
    } else {
      text.raw("null")
    }
    text.raw(#","continuing_subword_prefix":null,"end_of_word_suffix":null,"fuse_unk":true,"#)
    text.raw(#""byte_fallback":true,"ignore_merges":false,"vocab":"#)
    pieces(&text)
    text.raw(#","merges":["#)
    for (index, merge) in try merges().enumerated() {
      text.raw(index == 0 ? "[" : ",[")
      text.string(merge.left)
      text.raw(",")
      text.string(merge.right)
      text.raw("]")
    }
    text.raw("]}}")
    return text.bytes
  }

  /// Every way to make a piece of two others, best pieces first.
  private func merges() throws(TokenizerError) -> [(left: [UInt8], right: [UInt8])] {
    let scores = try GGUFLoader.readScores(vocabulary)
    var ids: [[UInt8]: Int] = [:]
    for id in 0..<vocabulary.tokens.count where kinds[id] == .normal || kinds[id] == .userDefined {
      ids[Array(vocabulary.tokens[id])] = id
    }
    var found: [(score: Float, left: Int, right: Int)] = []
    for id in 0..<vocabulary.tokens.count where kinds[id] == .normal {
      let piece = Array(vocabulary.tokens[id])
      guard piece.count <= Vocabulary.pieceLimit else { continue }
      // A piece is cut between characters only.
      for cut in piece.indices.dropFirst() where piece[cut] & 0xC0 != 0x80 {
        if let left = ids[Array(piece[..<cut])], let right = ids[Array(piece[cut...])] {
          found.append((scores[id], left, right))
        }
      }
    }
    // Stable for equal scores, as the order of ids is that of the vocabulary.
    let order = found.indices.sorted {
      (found[$1].score, $0) < (found[$0].score, $1)
    }
    return order.map {
      (Array(vocabulary.tokens[found[$0].left]), Array(vocabulary.tokens[found[$0].right]))
    }
  }

  private func pieces(_ text: inout JSONText) {
    text.raw("{")
    for id in 0..<vocabulary.tokens.count {
      text.raw(id == 0 ? "" : ",")
      text.string(vocabulary.tokens[id])
      text.raw(":\(id)")
    }
    text.raw("}")
  }

  /// Tokens that are found in texts before the model sees them.
  func addedTokens(_ text: inout JSONText) {
    text.raw("[")
    var isFirst = true
    for id in 0..<vocabulary.tokens.count {
      guard kinds[id] == .control || kinds[id] == .unknown || kinds[id] == .userDefined,
        !vocabulary.tokens[id].isEmpty
      else { continue }
      text.raw((isFirst ? "" : ",") + #"{"id":\#(id),"content":"#)
      text.string(vocabulary.tokens[id])
      text.raw(#","single_word":false,"lstrip":false,"rstrip":false,"normalized":false,"special":"#)
      text.raw("\(kinds[id] != .userDefined)}")
      isFirst = false
    }
    text.raw("]")
  }

  /// What stands around a text.
  func postProcessor(_ text: inout JSONText, addsBOS: Bool, addsEOS: Bool) {
    let before = addsBOS ? special.bos : nil
    let after = addsEOS ? special.eos : nil
    guard before != nil || after != nil else { return text.raw("null") }
    text.raw(#"{"type":"TemplateProcessing""#)
    for (name, sequences) in [("single", ["A"]), ("pair", ["A", "B"])] {
      text.raw(#","\#(name)":["#)
      for (type, sequence) in sequences.enumerated() {
        text.raw(type == 0 ? "" : ",")
        if let before { mark(before, type, &text); text.raw(",") }
        text.raw(#"{"Sequence":{"id":"\#(sequence)","type_id":\#(type)}}"#)
        if let after { text.raw(","); mark(after, type, &text) }
      }
      text.raw("]")
    }
    text.raw(#","special_tokens":{"#)
    for (index, id) in [before, after].compactMap({ $0 }).enumerated() {
      text.raw(index == 0 ? "" : ",")
      text.string(vocabulary.tokens[Int(id)])
      text.raw(#":{"id":"#)
      text.string(vocabulary.tokens[Int(id)])
      text.raw(#","ids":[\#(id)],"tokens":["#)
      text.string(vocabulary.tokens[Int(id)])
      text.raw("]}")
    }
    text.raw("}}")
  }

  private func mark(_ id: TokenID, _ type: Int, _ text: inout JSONText) {
    text.raw(#"{"SpecialToken":{"id":"#)
    text.string(vocabulary.tokens[Int(id)])
    text.raw(#","type_id":\#(type)}}"#)
  }
}

// MARK: - tokenizer_config.json

extension HuggingFaceFiles.Parts {
  fileprivate func configuration(_ chatTemplate: String?, _ contextLength: Int?) -> [UInt8] {
    var text = JSONText()
    text.raw(#"{"tokenizer_class":"PreTrainedTokenizerFast","clean_up_tokenization_spaces":false"#)
    if let contextLength { text.raw(#","model_max_length":\#(contextLength)"#) }
    let named: [(String, TokenID?)] = [
      ("bos_token", special.bos), ("eos_token", special.eos), ("unk_token", special.unknown),
      ("pad_token", special.padding), ("sep_token", special.separator),
      ("cls_token", special.classification), ("mask_token", special.mask),
    ]
    for (name, id) in named {
      guard let id else { continue }
      text.raw(#","\#(name)":"#)
      text.string(vocabulary.tokens[Int(id)])
    }
    if let chatTemplate {
      text.raw(#","chat_template":"#)
      text.string(Array(chatTemplate.utf8)[...])
    }
    text.raw("}")
    return text.bytes
  }
}
