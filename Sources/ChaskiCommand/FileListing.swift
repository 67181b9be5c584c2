// Owns: a model file's contents as `chaski show --json` prints them.

import ChaskiFiles
import ChaskiTensors
import ChaskiTerminal

/// Everything that was asked for about a file.
struct FileListing: Encodable {
  /// One tensor.
  struct Tensor: Encodable {
    let name: String
    let type: String
    /// Dimensions, slowest first, as papers write them.
    let shape: [Int]
    let byteCount: Int

    init(_ tensor: GGUFTensor) {
      name = tensor.name
      type = tensor.type.name
      shape = tensor.dimensions.reversed()
      byteCount = tensor.byteCount
    }
  }

  let summary: FileSummary
  let tensors: [Tensor]?
  let metadata: KeyValuePairs?

  /// Keys and values in the file's order.
  struct KeyValuePairs: Encodable, Sequence {
    private let pairs: [(key: String, value: String)]

    init(_ pairs: [(key: String, value: String)]) {
      self.pairs = pairs
    }

    func makeIterator() -> IndexingIterator<[(key: String, value: String)]> {
      pairs.makeIterator()
    }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.singleValueContainer()
      try container.encode(Dictionary(pairs.map { ($0.key, $0.value) }, uniquingKeysWith: { $1 }))
    }
  }

  /// Every key with its value as text; long arrays are cut short.
  static func metadata(of file: GGUFFile) throws -> KeyValuePairs {
    var pairs: [(key: String, value: String)] = []
    for entry in file.metadata.entries {
      let value =
        entry.elementType == nil
        ? Self.text(try file.metadata.value(entry, maximumElements: 1))
        : "\(entry.typeDescription), \(entry.count) elements"
      pairs.append((entry.key, value))
    }
    return KeyValuePairs(pairs)
  }

  private static func text(_ value: GGUFValue) -> String {
    if case .string(let bytes) = value {
      let text = TerminalSanitizer.visibleOnOneLine(String(decoding: bytes, as: UTF8.self))
      return text.count > 200 ? text.prefix(200) + "... (\(bytes.count) bytes)" : text
    }
    if let integer = value.integer { return "\(integer)" }
    if let float = value.float { return "\(float)" }
    if case .bool(let flag) = value { return "\(flag)" }
    return "\(value)"
  }
}
