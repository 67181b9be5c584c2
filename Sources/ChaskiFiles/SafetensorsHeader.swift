// Owns: the JSON header of a safetensors file, read strictly: one object of tensors, nothing else.
// Does not own: mapping the file and reading tensors (SafetensorsFile).

/// Parses a safetensors header.
///
/// A parser of its own because duplicate names must be refused and a general JSON reader drops them
/// silently. There is no recursion: the format has a fixed depth.
/// Source: safetensors format (https://huggingface.co/docs/safetensors/index#format).
struct SafetensorsHeader {
  /// Texts under `__metadata__`.
  private(set) var metadata: [String: String] = [:]
  /// Tensors in the header's order; ranges count from the start of the file.
  private(set) var tensors: [SafetensorsTensor] = []

  private let file: String
  private let dataByteCount: Int
  private var json: JSONReader

  /// Parses `bytes`, which stand at `offset` of `file` and are followed by `dataByteCount` bytes.
  init(
    _ bytes: [UInt8],
    at offset: Int,
    of file: String,
    dataByteCount: Int
  ) throws(FileError) {
    self.file = file
    self.dataByteCount = dataByteCount
    json = JSONReader(bytes, at: offset, of: file)
    try json.expect("{")
    var names: Set<String> = []
    if try !json.takes("}") {
      repeat {
        let start = json.offset
        let name = try json.string()
        guard names.insert(name).inserted else {
          throw .duplicate(file: file, item: "tensor \(name)", offset: start)
        }
        try json.expect(":")
        if name == "__metadata__" {
          try parseMetadata()
        } else {
          try parseTensor(name, dataStart: offset + bytes.count)
        }
      } while try json.takes(",")
      try json.expect("}")
    }
    try json.expectEnd()
    try checkCoverage(dataStart: offset + bytes.count)
  }

  private mutating func parseMetadata() throws(FileError) {
    try json.expect("{")
    guard try !json.takes("}") else { return }
    repeat {
      let start = json.offset
      let key = try json.string()
      try json.expect(":")
      guard metadata.count < SafetensorsLimits.metadata else {
        throw .overLimit(
          file: file,
          item: "the count of metadata",
          offset: start,
          limit: SafetensorsLimits.metadata,
          found: UInt64(metadata.count + 1)
        )
      }
      guard metadata.updateValue(try json.string(), forKey: key) == nil else {
        throw .duplicate(file: file, item: "metadata \(key)", offset: start)
      }
    } while try json.takes(",")
    try json.expect("}")
  }

  private mutating func parseTensor(_ name: String, dataStart: Int) throws(FileError) {
    let start = json.offset
    guard tensors.count < SafetensorsLimits.tensors else {
      throw .overLimit(
        file: file,
        item: "the tensor count",
        offset: start,
        limit: SafetensorsLimits.tensors,
        found: UInt64(tensors.count + 1)
      )
    }
    let (type, shape, offsets) = try parseFields(of: name)
    let range = try byteRange(name, type, shape, offsets, at: start)
    tensors.append(
      SafetensorsTensor(
        name: name,
        type: type,
        shape: shape,
        byteRange: dataStart + range.lowerBound..<dataStart + range.upperBound
      )
    )
  }

  private mutating func parseFields(
    of name: String
  ) throws(FileError) -> (SafetensorsType, shape: [Int], offsets: [Int]) {
    var type: SafetensorsType?
    var shape: [Int]?
    var offsets: [Int]?
    try json.expect("{")
    repeat {
      let fieldStart = json.offset
      let field = try json.string()
      try json.expect(":")
      switch field {
      case "dtype" where type == nil: type = try elementType(name)
      case "shape" where shape == nil:
        shape = try json.integers(
          limit: SafetensorsLimits.dimensions,
          "the shape of tensor \(name)"
        )
      case "data_offsets" where offsets == nil:
        offsets = try json.integers(limit: 2, "the offsets of tensor \(name)")
      default:
        throw .invalid(
          file: file,
          item: "tensor \(name)",
          offset: fieldStart,
          expected: "dtype, shape and data_offsets, once each",
          found: field
        )
      }
    } while try json.takes(",")
    try json.expect("}")
    guard let type, let shape, let offsets else {
      throw .missing(
        file: file,
        item: "complete description of tensor \(name)",
        expected: "dtype, shape and data_offsets"
      )
    }
    return (type, shape, offsets)
  }

  private mutating func elementType(_ tensor: String) throws(FileError) -> SafetensorsType {
    let start = json.offset
    let name = try json.string()
    guard let type = SafetensorsType(rawValue: name) else {
      throw .unknownElementType(file: file, tensor: tensor, offset: start, found: name)
    }
    return type
  }

  /// The tensor's bytes, counted from the start of the data, as many as its shape needs.
  private func byteRange(
    _ name: String,
    _ type: SafetensorsType,
    _ shape: [Int],
    _ offsets: [Int],
    at start: Int
  ) throws(FileError) -> Range<Int> {
    guard let byteCount = type.byteCount(shape: shape) else {
      throw .invalid(
        file: file,
        item: "the size of tensor \(name)",
        offset: start,
        expected: "a whole number of bytes below 2^60",
        found: "\(type.rawValue) of \(shape)"
      )
    }
    guard offsets.count == 2, offsets[0] <= offsets[1] else {
      throw .invalid(
        file: file,
        item: "the offsets of tensor \(name)",
        offset: start,
        expected: "a start and an end",
        found: "\(offsets)"
      )
    }
    guard offsets[1] <= dataByteCount else {
      throw .truncated(
        file: file,
        item: "tensor \(name)",
        offset: start,
        needed: UInt64(offsets[1]),
        left: dataByteCount
      )
    }
    guard offsets[1] - offsets[0] == byteCount else {
      throw .invalid(
        file: file,
        item: "the byte count of tensor \(name)",
        offset: start,
        expected: "\(byteCount) for \(type.rawValue) of \(shape)",
        found: "\(offsets[1] - offsets[0])"
      )
    }
    return offsets[0]..<offsets[1]
  }

  /// Checks that the tensors cover the data whole, without overlaps or holes, as the format asks.
  private func checkCoverage(dataStart: Int) throws(FileError) {
    let order = tensors.sorted { (left: SafetensorsTensor, right: SafetensorsTensor) -> Bool in
      (left.byteRange.lowerBound, left.byteRange.upperBound)
        < (right.byteRange.lowerBound, right.byteRange.upperBound)
    }
    var previous: SafetensorsTensor?
    var end = dataStart
    for tensor in order {
      let start = tensor.byteRange.lowerBound
      if start < end, let previous {
        throw .overlap(file: file, first: previous.name, second: tensor.name, offset: start)
      }
      guard start == end else {
        throw .invalid(
          file: file,
          item: "the start of tensor \(tensor.name)",
          offset: end,
          expected: "\(end), with no hole before it",
          found: "\(start)"
        )
      }
      end = tensor.byteRange.upperBound
      previous = tensor
    }
    guard end == dataStart + dataByteCount else {
      throw .invalid(
        file: file,
        item: "the end of the tensors",
        offset: end,
        expected: "the file's end at \(dataStart + dataByteCount)",
        found: "\(end)"
      )
    }
  }
}
