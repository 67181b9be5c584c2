import ChaskiTokenizers
import Testing

/// GPT-2's pair of files as one tokenizer.json.
struct MergesFileTests {
  private let vocabulary = Array(
    #"{"a":0,"b":1,"ab":2,"\u0120":3,"\u0120ab":4,"</s>":5,"\"":6}"#.utf8
  )

  @Test(arguments: ["\n", "\r\n"])
  func `two files are the tokenizer that one would be`(lineEnd: String) throws {
    let merges = ["#version: 0.2", "a b", "\u{120} ab", ""].joined(separator: lineEnd)
    let settings = Array(
      #"{"bos_token": {"content": "</s>"}, "eos_token": "</s>", "add_bos_token": true}"#.utf8
    )
    let json = try MergesFile.tokenizer(
      vocabulary: vocabulary,
      merges: Array(merges.utf8),
      configuration: settings
    )
    let tokenizer = try Tokenizer(huggingFace: json, configuration: settings)
    let ids = tokenizer.encode("ab ab</s>\"", addSpecialTokens: true, parseSpecialTokens: true)
    #expect(ids == [5, 2, 4, 5, 6])
    #expect(tokenizer.decode(ids, skipSpecialTokens: true) == "ab ab\"")
    #expect(tokenizer.special.eos == 5)
  }

  @Test func `other files are refused`() throws {
    #expect(throws: TokenizerError.self) {
      try MergesFile.tokenizer(vocabulary: Array("[]".utf8), merges: [], configuration: nil)
    }
    let merges = Array("a b\nlonely\n".utf8)
    let json = try MergesFile.tokenizer(
      vocabulary: vocabulary,
      merges: merges,
      configuration: nil
    )
    #expect(throws: TokenizerError.self) { try Tokenizer(huggingFace: json) }
  }
}
