// Owns: the few GGUF values that tokenizer tests need. Not a GGUF reader for anyone else.

import Foundation

import ChaskiTokenizers

/// Reads the vocabulary of a well-formed GGUF file.
struct GGUFMetadata {
  private let bytes: [UInt8]
  private var at = 8

  enum Problem: Error { case notGGUF, unknownType(UInt64) }

  /// The `tokenizer.ggml.*` values of the file at `url`.
  static func vocabulary(at url: URL) throws -> GGUFVocabulary {
    var reader = GGUFMetadata(bytes: Array(try Data(contentsOf: url)))
    return try reader.read()
  }

  private enum Value {
    case number(Int64)
    case float(Float)
    case text(String)
    case numbers([Int32])
    case floats([Float])
    case texts(StringTable)
  }

  private mutating func read() throws -> GGUFVocabulary {
    guard bytes.starts(with: Array("GGUF".utf8)) else { throw Problem.notGGUF }
    _ = integer(8)
    var values: [String: Value] = [:]
    for _ in 0..<integer(8) {
      let key = string()
      values[key] = try value(type: integer(4))
    }
    func id(_ key: String) -> TokenID? {
      if case .number(let value)? = values["tokenizer.ggml.\(key)_token_id"] {
        TokenID(value)
      } else {
        nil
      }
    }
    func flag(_ key: String) -> Bool? {
      if case .number(let value)? = values["tokenizer.ggml.\(key)"] { value != 0 } else { nil }
    }
    func text(_ key: String) -> String? {
      if case .text(let value)? = values[key] { value } else { nil }
    }
    func table(_ key: String) -> StringTable {
      if case .texts(let value)? = values[key] { value } else { StringTable() }
    }
    var vocabulary = GGUFVocabulary(
      model: text("tokenizer.ggml.model") ?? "",
      preTokenizer: text("tokenizer.ggml.pre"),
      tokens: table("tokenizer.ggml.tokens"),
      merges: table("tokenizer.ggml.merges")
    )
    if case .floats(let scores)? = values["tokenizer.ggml.scores"] { vocabulary.scores = scores }
    if case .numbers(let types)? = values["tokenizer.ggml.token_type"] { vocabulary.types = types }
    vocabulary.modelName = text("general.name")
    vocabulary.architecture = text("general.architecture")
    vocabulary.bosID = id("bos")
    vocabulary.eosID = id("eos")
    vocabulary.eotID = id("eot")
    vocabulary.unknownID = id("unknown")
    vocabulary.separatorID = id("seperator")
    vocabulary.paddingID = id("padding")
    vocabulary.classificationID = id("cls")
    vocabulary.maskID = id("mask")
    vocabulary.addBOS = flag("add_bos_token")
    vocabulary.addEOS = flag("add_eos_token")
    vocabulary.addSeparator = flag("add_sep_token")
    vocabulary.addSpacePrefix = flag("add_space_prefix")
    return vocabulary
  }

  private init(bytes: [UInt8]) { self.bytes = bytes }

  private mutating func integer(_ size: Int) -> UInt64 {
    defer { at += size }
    return bytes[at..<at + size].reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }

  private mutating func range() -> Range<Int> {
    let count = Int(integer(8))
    defer { at += count }
    return at..<at + count
  }

  private mutating func string() -> String { String(decoding: bytes[range()], as: UTF8.self) }

  private mutating func value(type: UInt64) throws -> Value {
    switch type {
    case 0, 1, 7: return .number(Int64(integer(1)))
    case 2, 3: return .number(Int64(integer(2)))
    case 4, 5: return .number(Int64(integer(4)))
    case 6: return .float(Float(bitPattern: UInt32(integer(4))))
    case 8: return .text(string())
    case 10, 11, 12: return .number(Int64(bitPattern: integer(8)))
    case 9:
      let type = integer(4)
      let count = integer(8)
      return try array(type: type, count: Int(count))
    default: throw Problem.unknownType(type)
    }
  }

  private mutating func array(type: UInt64, count: Int) throws -> Value {
    switch type {
    case 8:
      var table = StringTable()
      for _ in 0..<count { table.append(bytes[range()]) }
      return .texts(table)
    case 4, 5: return .numbers((0..<count).map { _ in Int32(bitPattern: UInt32(integer(4))) })
    case 6: return .floats((0..<count).map { _ in Float(bitPattern: UInt32(integer(4))) })
    case 0, 1, 7: return .numbers((0..<count).map { _ in Int32(integer(1)) })
    default: throw Problem.unknownType(type)
    }
  }
}
