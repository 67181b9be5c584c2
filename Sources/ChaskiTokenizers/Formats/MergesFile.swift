// Owns: the tokenizers of old folders, in two files, as one tokenizer.json. Not what that means.

/// GPT-2's pair of files, `vocab.json` and `merges.txt`, as OPT and others still have them alone.
package enum MergesFile {
  /// The `tokenizer.json` that says the same.
  ///
  /// The marks that `configuration` names (`tokenizer_config.json` or `special_tokens_map.json`) become added
  /// tokens. Source: the transformers library's conversion of `GPT2Tokenizer`.
  ///
  /// - Throws: `TokenizerError` for files that are not of this kind.
  package static func tokenizer(
    vocabulary: [UInt8],
    merges: [UInt8],
    configuration: [UInt8]?
  ) throws(TokenizerError) -> [UInt8] {
    guard let members = try JSONReader.read(vocabulary).members else {
      throw .malformedField(path: "vocab.json", expected: "an object")
    }
    var settings: JSONValue?
    if let configuration { settings = try JSONReader.read(configuration) }
    var marks: Set<[UInt8]> = []
    for key in ["bos_token", "eos_token", "unk_token", "pad_token", "sep_token", "mask_token"] {
      guard let value = settings?[key]?.present else { continue }
      if let name = value.bytes ?? value["content"]?.bytes { marks.insert(name) }
    }
    var text = JSONText()
    text.raw(#"{"added_tokens":["#)
    var isFirst = true
    for (name, value) in members where marks.contains(name) {
      guard let id = value.integer else { continue }
      text.raw((isFirst ? "" : ",") + #"{"id":\#(id),"content":"#)
      text.string(name)
      text.raw(#","special":true}"#)
      isFirst = false
    }
    text.raw(#"],"pre_tokenizer":{"type":"ByteLevel","add_prefix_space":false},"#)
    text.raw(#""decoder":{"type":"ByteLevel"},"model":{"type":"BPE","vocab":"#)
    text.bytes += vocabulary
    text.raw(#","merges":["#)
    isFirst = true
    for line in merges.split(separator: UInt8(ascii: "\n")) {
      // The first line says which version of the format this is.
      guard !line.starts(with: "#version".utf8) else { continue }
      text.raw(isFirst ? "" : ",")
      text.string(line.last == UInt8(ascii: "\r") ? line.dropLast() : line)
      isFirst = false
    }
    text.raw("]}}")
    return text.bytes
  }
}
