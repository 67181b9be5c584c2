// Owns: encoding a GGUF file: header, keys, tensor descriptions, then the tensors' bytes.
// Does not own: what a model's keys must be (converters).

package import ChaskiTensors

/// Writes a GGUF file, byte for byte the same for the same calls.
///
/// Keys and tensors are written in the order in which they are added.
/// Source: GGUF specification (https://github.com/ggml-org/ggml/blob/master/docs/gguf.md).
package struct GGUFWriter: Sendable {
  /// The bytes every tensor's start is a multiple of, as the key `general.alignment` says; 32 without it.
  package private(set) var alignment = 32
  private let version: UInt32
  private var keys: [(name: String, value: GGUFValue)] = []
  private(set) var tensors: [(name: String, type: ElementType, dimensions: [Int], byteCount: Int)] =
    []

  /// An empty file of GGUF version 2 or 3.
  package init(version: Int = 3) {
    precondition(version == 2 || version == 3, "GGUF versions 2 and 3 are written")
    self.version = UInt32(version)
  }

  /// Adds a key; `general.alignment` also sets the alignment of the tensors.
  ///
  /// A key that is there already, or an alignment that readers would refuse, is a broken promise of
  /// the caller.
  package mutating func add(_ key: String, _ value: GGUFValue) {
    precondition(!keys.contains { $0.name == key }, "a key is added once")
    if key == "general.alignment", let alignment = value.integer {
      precondition(
        alignment >= GGUFLimits.minimumAlignment && alignment <= GGUFLimits.maximumAlignment
          && alignment & (alignment - 1) == 0,
        "the alignment is a power of two within the limits"
      )
      self.alignment = alignment
    }
    keys.append((key, value))
  }

  /// Describes the next tensor; dimensions fastest first, the first a whole number of blocks.
  package mutating func addTensor(_ name: String, _ type: ElementType, dimensions: [Int]) {
    precondition(!tensors.contains { $0.name == name }, "a tensor is added once")
    precondition(
      dimensions.count <= GGUFLimits.dimensions && dimensions.allSatisfy { $0 > 0 },
      "a tensor has at most four dimensions, all above zero"
    )
    let row = dimensions.first ?? 1
    precondition(row.isMultiple(of: type.blockElementCount), "a row is a whole number of blocks")
    let byteCount = dimensions.dropFirst().reduce(
      row / type.blockElementCount * type.blockByteCount,
      *
    )
    tensors.append((name, type, dimensions, byteCount))
  }

  /// The file's bytes before the tensors' data, padded to the alignment.
  package func header() -> [UInt8] {
    var encoder = GGUFEncoder()
    encoder.bytes = Array("GGUF".utf8)
    encoder.append(version)
    encoder.append(UInt64(tensors.count))
    encoder.append(UInt64(keys.count))
    for (name, value) in keys {
      encoder.append(name.utf8)
      encoder.append(value.type.rawValue)
      encoder.append(value)
    }
    var offset = 0
    for tensor in tensors {
      encoder.append(tensor.name.utf8)
      encoder.append(UInt32(tensor.dimensions.count))
      for dimension in tensor.dimensions { encoder.append(UInt64(dimension)) }
      encoder.append(tensor.type.rawValue)
      encoder.append(UInt64(offset))
      offset = aligned(offset + tensor.byteCount)
    }
    let padding = aligned(encoder.bytes.count) - encoder.bytes.count
    encoder.bytes.append(contentsOf: repeatElement(0, count: padding))
    return encoder.bytes
  }

  /// Writes the file to `path`, replacing one of that name only when all is written.
  ///
  /// `data` gives the bytes of each tensor, asked for once each in order, so that one tensor is in
  /// memory at a time; throws `FileError.wrongContent` for another number of bytes than the
  /// dimensions need.
  package func write(
    to path: String,
    data: (Int) throws(FileError) -> [UInt8]
  ) throws(FileError) {
    var file = try AtomicFile(path: path)
    try file.write(header())
    for (index, tensor) in tensors.enumerated() {
      let bytes = try data(index)
      guard bytes.count == tensor.byteCount else {
        throw .wrongContent(
          file: path,
          item: "tensor \(tensor.name)",
          expected: "\(tensor.byteCount) bytes",
          found: "\(bytes.count)"
        )
      }
      try file.write(bytes)
      try file.pad(to: alignment)
    }
    try file.commit()
  }

  private func aligned(_ byteCount: Int) -> Int {
    (byteCount + alignment - 1) / alignment * alignment
  }
}

/// Bytes of a GGUF header being put together.
private struct GGUFEncoder {
  var bytes: [UInt8] = []

  mutating func append<T: FixedWidthInteger>(_ integer: T) {
    for shift in stride(from: 0, to: T.bitWidth, by: 8) {
      bytes.append(UInt8(truncatingIfNeeded: integer >> shift))
    }
  }

  mutating func append(_ text: some Collection<UInt8>) {
    append(UInt64(text.count))
    bytes.append(contentsOf: text)
  }

  mutating func append(_ value: GGUFValue) {
    switch value {
    case .uint8(let value): append(value)
    case .int8(let value): append(value)
    case .uint16(let value): append(value)
    case .int16(let value): append(value)
    case .uint32(let value): append(value)
    case .int32(let value): append(value)
    case .uint64(let value): append(value)
    case .int64(let value): append(value)
    case .float32(let value): append(value.bitPattern)
    case .float64(let value): append(value.bitPattern)
    case .bool(let value): append(UInt8(value ? 1 : 0))
    case .string(let value): append(value)
    case .array(let type, let elements):
      append(type.rawValue)
      append(UInt64(elements.count))
      for element in elements {
        precondition(element.type == type, "an array's elements have its type")
        append(element)
      }
    }
  }
}
