// Owns: a reader of safetensors files, just enough for the fixtures of these tests.
// Does not own: the engine's own reader (ChaskiFiles), which these tests must not depend on.

import Foundation

/// A safetensors file in memory, whose tensors are looked up by name.
struct SafetensorsFixture {
  private struct Entry: Decodable {
    let dtype: String
    let shape: [Int]
    let data_offsets: [Int]
  }

  private struct Problem: Error {
    let name: String
  }

  private let entries: [String: Entry]
  private let data: Data

  /// Reads the file at `url`.
  init(_ url: URL) throws {
    let file = try Data(contentsOf: url)
    let headerBytes = file.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
    let object = try JSONSerialization.jsonObject(with: file[8..<(8 + headerBytes)])
    guard var header = object as? [String: Any] else { throw Problem(name: "header") }
    header["__metadata__"] = nil
    let json = try JSONSerialization.data(withJSONObject: header)
    entries = try JSONDecoder().decode([String: Entry].self, from: json)
    data = file[(8 + headerBytes)...]
  }

  /// Whether the file has a tensor called `name`.
  func contains(_ name: String) -> Bool { entries[name] != nil }

  /// The shape of a tensor.
  func shape(_ name: String) throws -> [Int] {
    guard let entry = entries[name] else { throw Problem(name: name) }
    return entry.shape
  }

  /// The bytes of a tensor.
  func bytes(_ name: String) throws -> [UInt8] {
    guard let entry = entries[name], entry.data_offsets.count == 2 else {
      throw Problem(name: name)
    }
    let start = data.startIndex
    return Array(data[(start + entry.data_offsets[0])..<(start + entry.data_offsets[1])])
  }

  /// A tensor of 32-bit elements as their bits.
  func words(_ name: String) throws -> [UInt32] {
    let bytes = try bytes(name)
    return stride(from: 0, to: bytes.count, by: 4).map { at in
      (0..<4).reduce(UInt32(0)) { $0 | UInt32(bytes[at + $1]) << (8 * UInt32($1)) }
    }
  }
}
