// Owns: writing a safetensors file whose shapes are known before its values are.
// Does not own: reading one (SafetensorsFile).

/// Writes a safetensors file row by row, in the tensors' order, and gives it its name when complete.
///
/// Dropped before `finish`, it leaves no file. The same calls write the same bytes.
/// Source: safetensors format (https://huggingface.co/docs/safetensors/index#format).
package struct SafetensorsWriter: ~Copyable {
  /// A tensor to be written.
  package struct Tensor: Sendable {
    let name: String
    let type: SafetensorsType
    let shape: [Int]

    /// A tensor of `shape`, slowest axis first.
    package init(_ name: String, _ type: SafetensorsType, shape: [Int]) {
      self.name = name
      self.type = type
      self.shape = shape
    }
  }

  private var file: AtomicFile
  private let byteCount: Int
  private let headerByteCount: Int

  /// Starts the file `path` with the description of `tensors`, whose bytes follow in that order.
  ///
  /// Throws `FileError.wrongContent` for a name given twice or a size that is not a whole number of
  /// bytes, and `cannotWrite` where the system refuses.
  package init(
    path: String,
    tensors: [Tensor],
    metadata: [String: String] = [:]
  ) throws(FileError) {
    let (header, byteCount) = try Self.header(tensors, metadata, path: path)
    var file = try AtomicFile(path: path)
    try file.write(header)
    self.file = file
    self.byteCount = byteCount
    headerByteCount = header.count
  }

  /// Appends bytes of the tensors' data, which may be a row, a tensor, or any other run.
  ///
  /// Throws `FileError.wrongContent` for more bytes than the shapes need, and writes none of them.
  package mutating func append(_ bytes: RawSpan) throws(FileError) {
    let written = file.byteCount - headerByteCount
    guard bytes.byteCount <= byteCount - written else {
      throw .wrongContent(
        file: file.path,
        item: "the data of its tensors",
        expected: "\(byteCount) bytes",
        found: "\(written + bytes.byteCount)"
      )
    }
    try file.write(bytes)
  }

  /// Appends values of F32 tensors.
  package mutating func append(_ floats: Span<Float>) throws(FileError) {
    // Floats have no padding, so every byte may be read. The machines we build for are little-endian,
    // as the format is.
    try append(unsafe floats.bytes)
  }

  /// Gives the complete file its name; throws `FileError.wrongContent` if bytes are missing.
  package mutating func finish() throws(FileError) {
    let written = file.byteCount - headerByteCount
    guard written == byteCount else {
      throw .wrongContent(
        file: file.path,
        item: "the data of its tensors",
        expected: "\(byteCount) bytes",
        found: "\(written)"
      )
    }
    try file.commit()
  }
}

// MARK: - Header

extension SafetensorsWriter {
  /// The file's bytes before the data, and how many bytes of data they promise.
  private static func header(
    _ tensors: [Tensor],
    _ metadata: [String: String],
    path: String
  ) throws(FileError) -> (bytes: [UInt8], dataByteCount: Int) {
    var fields: [String] = []
    if !metadata.isEmpty { fields.append("\"__metadata__\":\(object(metadata))") }
    var names: Set<String> = ["__metadata__"]
    var offset = 0
    for tensor in tensors {
      guard names.insert(tensor.name).inserted else {
        throw .wrongContent(
          file: path,
          item: "tensor \(tensor.name)",
          expected: "a name of its own",
          found: "a used one"
        )
      }
      let end =
        tensor.shape.allSatisfy { $0 >= 0 }
        ? tensor.type.byteCount(shape: tensor.shape).flatMap { checkedSum(offset, $0) } : nil
      guard let end else {
        throw .wrongContent(
          file: path,
          item: "tensor \(tensor.name)",
          expected: "a size in whole bytes",
          found: "\(tensor.type.rawValue) of \(tensor.shape)"
        )
      }
      let shape = tensor.shape.map { "\($0)" }.joined(separator: ",")
      fields.append(
        "\(quoted(tensor.name)):{\"dtype\":\"\(tensor.type.rawValue)\",\"shape\":[\(shape)],"
          + "\"data_offsets\":[\(offset),\(end)]}"
      )
      offset = end
    }
    var json = Array("{\(fields.joined(separator: ","))}".utf8)
    // Blanks behind the object bring the data to a multiple of 8 bytes.
    json.append(contentsOf: repeatElement(UInt8(ascii: " "), count: (8 - json.count % 8) % 8))
    var length: [UInt8] = []
    for shift in stride(from: 0, to: 64, by: 8) {
      length.append(UInt8(truncatingIfNeeded: json.count >> shift))
    }
    return (length + json, offset)
  }

  /// `texts` as a JSON object, in the order of its keys so that equal calls write equal bytes.
  private static func object(_ texts: [String: String]) -> String {
    let keys = texts.keys.sorted()
    let fields = keys.map { (key: String) -> String in
      "\(quoted(key)):\(quoted(texts[key] ?? ""))"
    }
    return "{\(fields.joined(separator: ","))}"
  }
}

private func checkedSum(_ left: Int, _ right: Int) -> Int? {
  let (sum, overflow) = left.addingReportingOverflow(right)
  return overflow ? nil : sum
}

/// `text` as a JSON string.
private func quoted(_ text: String) -> String {
  var result = "\""
  for scalar in text.unicodeScalars {
    switch scalar {
    case "\"", "\\": result += "\\\(scalar)"
    case "\u{0}"..<" ":
      let digits = String(scalar.value, radix: 16)
      result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
    default: result.unicodeScalars.append(scalar)
    }
  }
  return result + "\""
}
