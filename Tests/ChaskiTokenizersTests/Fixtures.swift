// Owns: the recorded answers of reference tokenizers, and the tokenizers to compare. Not the comparisons.

import ChaskiTestSupport
import ChaskiTokenizers
import Foundation
import Testing

/// The recorded ids of one reference tokenizer for the strings of `strings.json`.
struct Fixture {
  /// Ids and what the reference makes of them.
  struct Decoding {
    var ids: [TokenID]
    var bytes: [UInt8]?
    var text: String?
  }

  var file: String
  var fields: [String: Any]

  /// The strings that every fixture encodes, in order.
  static func strings() throws -> [String] {
    try #require(try json("strings.json") as? [String])
  }

  /// The fixture of that name.
  init(_ name: String) throws {
    fields = try #require(try Self.json("\(name).json") as? [String: Any])
    file = try #require(fields["file"] as? String)
  }

  private static func json(_ name: String) throws -> Any {
    let data = try Data(contentsOf: Shared.url("fixtures/tokenizers/\(name)"))
    return try JSONSerialization.jsonObject(with: data)
  }

  /// Lists of ids, one for each string.
  func ids(_ key: String) throws -> [[TokenID]] {
    let lists = try #require(fields[key] as? [[NSNumber]])
    return lists.map { $0.map(\.int32Value) }
  }

  /// Ids that differ from another list, by the string's position.
  func changes(_ key: String) throws -> [Int: [TokenID]] {
    let lists = try #require(fields[key] as? [String: [NSNumber]])
    return Dictionary(
      uniqueKeysWithValues: lists.map { (Int($0.key) ?? -1, $0.value.map(\.int32Value)) }
    )
  }

  /// Ids and the reference's text for them.
  func decodings() throws -> [Decoding] {
    let cases = try #require(fields["decode"] as? [[String: Any]])
    return try cases.map { item in
      let ids = try #require(item["ids"] as? [NSNumber]).map(\.int32Value)
      let hex = item["bytes_hex"] as? String ?? item["pieces_hex"] as? String
      return Decoding(
        ids: ids,
        bytes: hex.map(Self.bytes(hex:)),
        text: (item["text"] ?? item["text_replace"]) as? String
      )
    }
  }

  static func bytes(hex: String) -> [UInt8] {
    let digits = Array(hex.utf8)
    return stride(from: 0, to: digits.count, by: 2).map {
      UInt8(String(decoding: digits[$0..<$0 + 2], as: UTF8.self), radix: 16) ?? 0
    }
  }

  /// The tokenizer of the fixture's own file.
  func tokenizer() throws -> Tokenizer { try Self.tokenizer(file: "data/tokenizers/\(file)") }

  /// The tokenizer of a shared file.
  static func tokenizer(file: String) throws -> Tokenizer {
    let url = Shared.url(file)
    if file.hasSuffix(".gguf") { return try Tokenizer(gguf: GGUFMetadata.vocabulary(at: url)) }
    let bytes = Array(try Data(contentsOf: url))
    if file.contains("llama3/") { return try Tokenizer(tiktoken: bytes, encoding: .llama3) }
    if file.contains("llama4/") { return try Tokenizer(tiktoken: bytes, encoding: .llama4) }
    if file.contains("qwen/") { return try Tokenizer(tiktoken: bytes, encoding: .qwen) }
    if file.contains("cl100k") { return try Tokenizer(tiktoken: bytes, encoding: .cl100k) }
    if file.contains("tekken") { return try Tokenizer(tekken: bytes) }
    if file.hasSuffix(".model") { return try Tokenizer(sentencePiece: bytes) }
    return try Tokenizer(huggingFace: bytes)
  }
}
