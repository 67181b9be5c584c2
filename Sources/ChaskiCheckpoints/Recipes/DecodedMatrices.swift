// Owns: reading rectangles of another checkpoint's tensor as float32. Does not own: the decoding
// (ChaskiTensors).

import ChaskiTensors

/// A checkpoint's tensor as float32 matrices one after another, whatever its type.
struct DecodedMatrices: Sendable {
  let checkpoint: any Checkpoint
  /// A tensor of a type that is decoded.
  let tensor: CheckpointTensor

  func append(
    _ rows: Range<Int>,
    _ columns: Range<Int>,
    ofMatrix matrix: Int,
    to bytes: inout [UInt8]
  ) {
    guard tensor.dimensions.count > 1 else {
      // A vector's elements are its rows here.
      for value in values(0..<1)[rows] { append(value, to: &bytes) }
      return
    }
    let width = tensor.dimensions[0]
    let first = matrix * tensor.dimensions[1]
    let values = values(rows.lowerBound + first..<rows.upperBound + first)
    bytes.reserveCapacity(bytes.count + rows.count * columns.count * 4)
    for row in 0..<rows.count {
      let start = row * width
      for value in values[start + columns.lowerBound..<start + columns.upperBound] {
        append(value, to: &bytes)
      }
    }
  }

  func adviseDropped(_ rows: Range<Int>) {
    guard tensor.dimensions.count > 1 else { return }
    checkpoint.adviseDropped(rows, of: tensor)
  }

  private func values(_ rows: Range<Int>) -> [Float] {
    var bytes: [UInt8] = []
    checkpoint.append(rows, of: tensor, to: &bytes)
    // Bytes have no padding, so every one of them may be read.
    guard
      let values = try? dequantize(unsafe bytes.span.bytes, type: tensor.type, name: tensor.name)
    else { preconditionFailure("tensor \(tensor.name) has a type that is decoded, and whole rows") }
    return values
  }

  private func append(_ value: Float, to bytes: inout [UInt8]) {
    let bits = value.bitPattern
    for shift in stride(from: 0, to: 32, by: 8) {
      bytes.append(UInt8(truncatingIfNeeded: bits >> shift))
    }
  }
}
