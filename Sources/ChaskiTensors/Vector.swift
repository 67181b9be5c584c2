// Owns: small float32 weights: norms, biases, tables.

import ChaskiKernels

/// A float32 vector of weights, immutable and shared. [count]
package struct Vector: Sendable {
  /// How many elements.
  package let count: Int
  private let memory: AlignedMemory

  var base: UnsafePointer<Float> {
    unsafe UnsafePointer(memory.base.assumingMemoryBound(to: Float.self))
  }

  /// A vector of `values`.
  package init(_ values: [Float]) throws(TensorError) {
    count = values.count
    memory = try AlignedMemory(byteCount: values.count * MemoryLayout<Float>.stride)
    let base = unsafe memory.base.assumingMemoryBound(to: Float.self)
    for (index, value) in values.enumerated() {
      unsafe base[index] = value
    }
  }

  /// The elements, copied.
  package var values: [Float] {
    unsafe Array(UnsafeBufferPointer(start: base, count: count))
  }
}

/// Decodes whole blocks of any type that computes to float32.
///
/// `name` is the tensor's, for errors: an unsupported type, or bytes that are not whole blocks.
package func dequantize(
  _ source: RawSpan,
  type: ElementType,
  name: String
) throws(TensorError) -> [Float] {
  guard ck_supports(Int32(type.rawValue)) != 0 else {
    throw TensorError.unsupportedType(tensor: name, type: type.name)
  }
  let blocks = source.byteCount / type.blockByteCount
  guard blocks * type.blockByteCount == source.byteCount else {
    throw TensorError.unexpectedByteCount(
      tensor: name,
      expected: (blocks + 1) * type.blockByteCount,
      found: source.byteCount
    )
  }
  let count = blocks * type.blockElementCount
  return unsafe source.withUnsafeBytes { source in
    unsafe [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
      if let destination = buffer.baseAddress, let start = source.baseAddress {
        unsafe ck_dequantize(Int32(type.rawValue), start, Int64(count), destination)
      }
      initialized = count
    }
  }
}
