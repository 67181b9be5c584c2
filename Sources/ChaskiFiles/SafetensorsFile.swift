// Owns: a safetensors file: its tensors by name, and their elements as Swift arrays.
// Does not own: the header's JSON (SafetensorsHeader), writing (SafetensorsWriter).

/// An open safetensors file.
///
/// Immutable and shared freely between threads; the tensors' bytes stay in the mapping.
package struct SafetensorsFile: Sendable {
  /// The mapped file.
  package let file: MappedFile
  /// Texts under `__metadata__`.
  package let metadata: [String: String]
  /// The tensors, in the header's order.
  package let tensors: [SafetensorsTensor]
  private let indices: [String: Int]

  /// Opens the file at `path` and checks its whole header; throws `FileError`.
  package init(path: String) throws(FileError) {
    file = try MappedFile(path: path)
    var reader = ByteReader(file)
    let length = try reader.integer(UInt64.self, "the header's length")
    guard length <= UInt64(SafetensorsLimits.headerBytes) else {
      throw .overLimit(
        file: path,
        item: "the header's length",
        offset: 0,
        limit: SafetensorsLimits.headerBytes,
        found: length
      )
    }
    let bytes = try reader.bytes(Int(length), "the header")
    guard bytes.first == UInt8(ascii: "{") else {
      throw .unknownFormat(
        file: path,
        expected: "a safetensors file",
        found: Array(bytes.prefix(8))
      )
    }
    let header = try SafetensorsHeader(bytes, at: 8, of: path, dataByteCount: reader.left)
    metadata = header.metadata
    tensors = header.tensors
    var indices: [String: Int] = [:]
    for (index, tensor) in tensors.enumerated() { indices[tensor.name] = index }
    self.indices = indices
  }

  /// The tensor of that name, or nil.
  package func tensor(_ name: String) -> SafetensorsTensor? { indices[name].map { tensors[$0] } }

  /// The tensor of that name; throws if the file lacks it.
  package func requireTensor(_ name: String) throws(FileError) -> SafetensorsTensor {
    guard let tensor = tensor(name) else {
      throw .missing(file: file.path, item: "tensor \(name)", expected: "among its tensors")
    }
    return tensor
  }

  /// The bytes of one of this file's tensors; valid while this value is borrowed.
  @_lifetime(borrow self)
  package func bytes(of tensor: SafetensorsTensor) -> RawSpan {
    // The slice is bounds-checked against the mapping, which lives as long as its object, which this
    // value's constant holds.
    let buffer = unsafe UnsafeRawBufferPointer(rebasing: file.buffer[tensor.byteRange])
    return unsafe _overrideLifetime(RawSpan(_unsafeBytes: buffer), borrowing: self)
  }

  /// A copy of the named tensor's bytes, whatever its type.
  package func rawBytes(_ name: String) throws(FileError) -> [UInt8] {
    let tensor = try requireTensor(name)
    var reader = ByteReader(file, at: tensor.byteRange.lowerBound)
    return try reader.bytes(tensor.byteRange.count, "tensor \(name)")
  }

  /// The named tensor's elements as floats, from F32, F16, BF16 (exact) or F64 (rounded).
  package func floats(_ name: String) throws(FileError) -> [Float] {
    let tensor = try requireTensor(name)
    switch tensor.type {
    case .f32: return try elements(tensor, UInt32.self) { Float(bitPattern: $0) }
    case .f16: return try elements(tensor, UInt16.self, floatFromHalf)
    case .bf16: return try elements(tensor, UInt16.self) { Float(bitPattern: UInt32($0) << 16) }
    case .f64: return try elements(tensor, UInt64.self) { Float(Double(bitPattern: $0)) }
    default: throw wrongType(tensor, expected: "F32, F16, BF16 or F64")
    }
  }

  /// The named tensor's elements as 32-bit integers, from any integer type whose values fit.
  package func int32s(_ name: String) throws(FileError) -> [Int32] {
    let tensor = try requireTensor(name)
    let values: [Int32?] =
      switch tensor.type {
      case .u8: try elements(tensor, UInt8.self) { Int32($0) }
      case .i8: try elements(tensor, Int8.self) { Int32($0) }
      case .u16: try elements(tensor, UInt16.self) { Int32($0) }
      case .i16: try elements(tensor, Int16.self) { Int32($0) }
      case .u32: try elements(tensor, UInt32.self) { Int32(exactly: $0) }
      case .i32: try elements(tensor, Int32.self) { $0 }
      case .u64: try elements(tensor, UInt64.self) { Int32(exactly: $0) }
      case .i64: try elements(tensor, Int64.self) { Int32(exactly: $0) }
      default: throw wrongType(tensor, expected: "an integer type")
      }
    var result: [Int32] = []
    result.reserveCapacity(values.count)
    for value in values {
      guard let value else {
        throw wrongType(tensor, expected: "integers that 32 bits hold")
      }
      result.append(value)
    }
    return result
  }

  private func elements<T: FixedWidthInteger & BitwiseCopyable, R>(
    _ tensor: SafetensorsTensor,
    _ type: T.Type,
    _ convert: (T) -> R
  ) throws(FileError) -> [R] {
    var reader = ByteReader(file, at: tensor.byteRange.lowerBound)
    var result: [R] = []
    result.reserveCapacity(tensor.elementCount)
    for _ in 0..<tensor.elementCount {
      result.append(convert(try reader.integer(T.self, "tensor \(tensor.name)")))
    }
    return result
  }

  private func wrongType(_ tensor: SafetensorsTensor, expected: String) -> FileError {
    .wrongType(
      file: file.path,
      item: "tensor \(tensor.name)",
      expected: expected,
      found: tensor.type.rawValue
    )
  }
}

/// The float that equals a half-precision number, NaN's bits kept.
///
/// Integer arithmetic, because `Float16` on baseline x86-64 is a library call per element.
/// Source: IEEE 754-2019, 3.4 (binary16).
func floatFromHalf(_ half: UInt16) -> Float {
  let sign = UInt32(half & 0x8000) << 16
  let magnitude = UInt32(half & 0x7FFF) << 13
  if magnitude >= 0x7C00 << 13 {
    // Infinity and NaN: the exponent is all ones in both formats.
    return Float(bitPattern: sign | 0x7F80_0000 | magnitude)
  }
  // The exponents' biases differ by 127 - 15; the product is exact, subnormals too.
  let scale = Float(sign: .plus, exponent: 112, significand: 1)
  return Float(bitPattern: sign | (Float(bitPattern: magnitude) * scale).bitPattern)
}
