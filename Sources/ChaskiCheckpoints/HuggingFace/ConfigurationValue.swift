// Owns: a JSON value of a folder's small text files. Does not own: the text (Foundation reads it), what
// keys mean (families).

import Foundation

/// A value in `config.json` and its neighbours.
package enum ConfigurationValue: Sendable, Equatable, Decodable {
  case null
  case bool(Bool)
  case integer(Int)
  case number(Double)
  case text(String)
  case list([ConfigurationValue])
  case object([String: ConfigurationValue])

  package init(from decoder: any Decoder) throws {
    if let fields = try? decoder.container(keyedBy: Name.self) {
      var object: [String: ConfigurationValue] = [:]
      for key in fields.allKeys {
        object[key.stringValue] = try fields.decode(ConfigurationValue.self, forKey: key)
      }
      self = .object(object)
      return
    }
    if var elements = try? decoder.unkeyedContainer() {
      var list: [ConfigurationValue] = []
      while !elements.isAtEnd { list.append(try elements.decode(ConfigurationValue.self)) }
      self = .list(list)
      return
    }
    let value = try decoder.singleValueContainer()
    if value.decodeNil() {
      self = .null
    } else if let text = try? value.decode(String.self) {
      self = .text(text)
    } else if let bool = try? value.decode(Bool.self) {
      self = .bool(bool)
    } else if let integer = try? value.decode(Int.self) {
      self = .integer(integer)
    } else {
      self = .number(try value.decode(Double.self))
    }
  }

  private struct Name: CodingKey {
    let stringValue: String
    let intValue: Int? = nil
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  /// The value in a few words, for errors.
  var shown: String {
    switch self {
    case .null: "null"
    case .bool(let value): "\(value)"
    case .integer(let value): "\(value)"
    case .number(let value): "\(value)"
    case .text(let value): "\"\(value)\""
    case .list(let values): "a list of \(values.count)"
    case .object: "an object"
    }
  }
}

/// How deep the JSON of a configuration may nest; those of models nest four deep.
private let depthLimit = 32

/// The JSON at `path`, or nil if there is no such file.
///
/// - Throws: `CheckpointError.invalidFile` for a file of over `byteLimit` bytes, that is no JSON of `Value`,
///   or nests too deep to be read with a bounded stack.
func readJSON<Value: Decodable>(
  _ path: String,
  as _: Value.Type,
  byteLimit: Int = 16 << 20
) throws(CheckpointError) -> Value? {
  guard let bytes = try readFile(path, byteLimit: byteLimit) else { return nil }
  guard isShallow(bytes) else {
    throw .invalidFile(file: path, reason: "its values nest deeper than \(depthLimit)")
  }
  do {
    return try JSONDecoder().decode(Value.self, from: bytes)
  } catch {
    throw .invalidFile(file: path, reason: "it is no JSON of the kind that belongs there")
  }
}

/// The bytes of the file at `path`, or nil if there is none.
///
/// - Throws: `CheckpointError.invalidFile` for a file that cannot be read, or has over `byteLimit` bytes.
func readFile(_ path: String, byteLimit: Int) throws(CheckpointError) -> Data? {
  let url = URL(filePath: path).resolvingSymlinksInPath()
  guard let values = try? url.resourceValues(forKeys: [.isRegularFileKey, .fileSizeKey]) else {
    return nil
  }
  guard values.isRegularFile == true, let size = values.fileSize, size <= byteLimit,
    let bytes = try? Data(contentsOf: url), bytes.count <= byteLimit
  else {
    throw .invalidFile(file: path, reason: "it is no file of at most \(byteLimit) bytes")
  }
  return bytes
}

private func isShallow(_ bytes: Data) -> Bool {
  var depth = 0
  var isText = false
  var isEscaped = false
  for byte in bytes {
    if isText {
      if isEscaped {
        isEscaped = false
      } else if byte == UInt8(ascii: "\\") {
        isEscaped = true
      } else if byte == UInt8(ascii: "\"") {
        isText = false
      }
    } else if byte == UInt8(ascii: "\"") {
      isText = true
    } else if byte == UInt8(ascii: "{") || byte == UInt8(ascii: "[") {
      depth += 1
      if depth > depthLimit { return false }
    } else if byte == UInt8(ascii: "}") || byte == UInt8(ascii: "]") {
      depth -= 1
    }
  }
  return true
}
