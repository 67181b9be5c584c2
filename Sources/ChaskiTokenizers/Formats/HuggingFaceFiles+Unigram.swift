// Owns: writing a GGUF file's unigram vocabulary as tokenizer.json. Not what all kinds have.

extension HuggingFaceFiles.Parts {
  /// A `tokenizer.json` of pieces and their scores.
  ///
  /// Where extra spaces are removed, words are cut off first, as T5's file does it; else all is one word.
  func unigram() throws(TokenizerError) -> [UInt8] {
    let removesSpaces = vocabulary.removeExtraWhitespaces ?? false
    let addsPrefix = vocabulary.addSpacePrefix ?? false || removesSpaces
    var text = JSONText()
    text.raw(#"{"version":"1.0","truncation":null,"padding":null,"added_tokens":"#)
    addedTokens(&text)
    text.raw(#","normalizer":{"type":"Sequence","normalizers":["#)
    var steps: [String] = []
    if !vocabulary.precompiledCharacterMap.isEmpty {
      let map = Base64.text(of: vocabulary.precompiledCharacterMap)
      steps.append(#"{"type":"Precompiled","precompiled_charsmap":"\#(map)"}"#)
    }
    if !removesSpaces {
      if addsPrefix { steps.append(#"{"type":"Prepend","prepend":"▁"}"#) }
      steps.append(#"{"type":"Replace","pattern":{"String":" "},"content":"▁"}"#)
    }
    text.raw(steps.joined(separator: ",") + #"]},"pre_tokenizer":"#)
    if removesSpaces {
      text.raw(#"{"type":"Sequence","pretokenizers":[{"type":"WhitespaceSplit"},"#)
      text.raw(#"{"type":"Metaspace","replacement":"▁","prepend_scheme":"always","split":true}]}"#)
    } else {
      text.raw("null")
    }
    text.raw(#","post_processor":"#)
    postProcessor(&text, addsBOS: vocabulary.addBOS ?? false, addsEOS: vocabulary.addEOS ?? true)
    text.raw(
      #","decoder":{"type":"Sequence","decoders":[{"type":"Replace","pattern":{"String":"▁"},"#
    )
    text.raw(#""content":" "},{"type":"ByteFallback"},{"type":"Fuse"},"#)
    text.raw(#"{"type":"Strip","content":" ","start":1,"stop":0}]},"#)
    text.raw(#""model":{"type":"Unigram","unk_id":\#(special.unknown.map { "\($0)" } ?? "null"),"#)
    text.raw(#""byte_fallback":\#(kinds.contains(.byte)),"vocab":["#)
    for (id, score) in try GGUFLoader.readScores(vocabulary).enumerated() {
      text.raw(id == 0 ? "[" : ",[")
      text.string(vocabulary.tokens[id])
      // JSON knows no infinity.
      let limit = Float.greatestFiniteMagnitude
      text.raw(",\(min(max(score, -limit), limit))]")
    }
    text.raw("]}}")
    return text.bytes
  }
}
