// Owns: reading a stored tensor's elements as one of GGUF's float types.
// Does not own: which type that is, and which elements are read (ChaskiCheckpoints).

package import ChaskiTensors

extension StoredTensor {
  /// Appends the elements of `range`, as `type`, each multiplied by `scale`, little-endian.
  ///
  /// Elements that have the type already are copied, and then `scale` must be 1. All others are widened to
  /// float32 (exactly, but for float64), multiplied there, and rounded to bfloat16 if that is `type`.
  /// A type other than those that `elementType` gives is a broken promise of the caller, as is a range
  /// outside the tensor.
  package func append(
    _ range: Range<Int>,
    as type: ElementType,
    scaledBy scale: Float = 1,
    to bytes: inout [UInt8]
  ) {
    precondition(
      range.lowerBound >= 0 && range.upperBound <= elementCount,
      "elements \(range) of \(elementCount)"
    )
    switch (self.type, type) {
    case (.f32, .f32), (.f16, .f16), (.bf16, .bf16):
      precondition(scale == 1, "stored elements are copied as they are")
      file.append(byteSlice(range), to: &bytes)
    case (.f32, _): convert(range, UInt32.self, type, scale, &bytes) { Float(bitPattern: $0) }
    case (.f16, _): convert(range, UInt16.self, type, scale, &bytes, floatFromHalf)
    case (.bf16, _):
      convert(range, UInt16.self, type, scale, &bytes) { Float(bitPattern: UInt32($0) << 16) }
    case (.f64, _):
      convert(range, UInt64.self, type, scale, &bytes) { Float(Double(bitPattern: $0)) }
    default:
      guard let table = Float8.table(of: self.type) else {
        preconditionFailure("elements of type \(self.type.rawValue) are no weights")
      }
      convert(range, UInt8.self, type, scale, &bytes) { table[Int($0)] }
    }
  }

  /// The elements of `range`, widened to float32: for few.
  package func floats(_ range: Range<Int>) -> [Float] {
    var bytes: [UInt8] = []
    append(range, as: .f32, to: &bytes)
    return stride(from: 0, to: bytes.count, by: 4).map { offset in
      var bits: UInt32 = 0
      for byte in 0..<4 { bits |= UInt32(bytes[offset + byte]) << (8 * byte) }
      return Float(bitPattern: bits)
    }
  }

  /// Lets the pages of these elements leave memory; reading them again reads the file again.
  package func adviseDropped(_ range: Range<Int>) {
    file.adviseDropped(byteSlice(range))
  }

  /// The bytes of these elements in `file`, for a type of whole bytes.
  package func byteSlice(_ range: Range<Int>) -> Range<Int> {
    let size = type.bitCount / 8
    let start = byteRange.lowerBound + range.lowerBound * size
    return start..<start + range.count * size
  }

  private func convert<Stored: FixedWidthInteger & BitwiseCopyable>(
    _ range: Range<Int>,
    _: Stored.Type,
    _ type: ElementType,
    _ scale: Float,
    _ bytes: inout [UInt8],
    _ widen: (Stored) -> Float
  ) {
    precondition(
      type == .f32 || type == .bf16,
      "elements are widened to float32 or rounded to bfloat16"
    )
    // The slice is bounds-checked against the mapping, which `file` keeps for the length of the call, and
    // holds as many numbers as `range` has; loads are unaligned.
    let source = unsafe UnsafeRawBufferPointer(rebasing: file.buffer[byteSlice(range)])
    let first = bytes.count
    let size = type == .f32 ? 4 : 2
    bytes.append(contentsOf: repeatElement(0, count: range.count * size))
    unsafe bytes.withUnsafeMutableBytes { destination in
      for index in 0..<range.count {
        let stored = unsafe source.loadUnaligned(
          fromByteOffset: index * MemoryLayout<Stored>.size,
          as: Stored.self
        )
        let value = widen(Stored(littleEndian: stored)) * scale
        let offset = first + index * size
        if size == 4 {
          unsafe destination.storeBytes(
            of: value.bitPattern.littleEndian,
            toByteOffset: offset,
            as: UInt32.self
          )
        } else {
          unsafe destination.storeBytes(
            of: bfloat16(value).littleEndian,
            toByteOffset: offset,
            as: UInt16.self
          )
        }
      }
    }
  }
}

/// The bfloat16 nearest to `value`, ties to even; a NaN stays one.
private func bfloat16(_ value: Float) -> UInt16 {
  let bits = value.bitPattern
  guard !value.isNaN else { return UInt16(bits >> 16) | 0x40 }
  return UInt16((bits + 0x7FFF + (bits >> 16 & 1)) >> 16)
}
