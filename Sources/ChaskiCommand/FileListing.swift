// Owns: a model file's contents as `chaski show --json` prints them.

import ChaskiCheckpoints
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

    init(_ tensor: CheckpointTensor) {
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
  static func metadata(of checkpoint: any Checkpoint) throws -> KeyValuePairs {
    var pairs: [(key: String, value: String)] = []
    for key in checkpoint.keys {
      guard let value = try checkpoint.value(key, maximumElements: 1) else { continue }
      if case .array(let type, _) = value {
        pairs.append((key, "array of \(type), \(checkpoint.elementCount(key) ?? 0) elements"))
      } else {
        pairs.append((key, Self.text(value)))
      }
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
