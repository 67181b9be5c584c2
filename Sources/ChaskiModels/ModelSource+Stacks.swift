// Owns: reading matrices that files keep in another form than a model computes with: stacked, turned, rounded.

import ChaskiCheckpoints
import ChaskiTensors

extension ModelSource {
  /// The matrices of a stack of `count`, each cut into parts of these `rows`. [count][rows.count]
  ///
  /// Each part is packed as a matrix of its own, so that what is not computed with is not read.
  func stacked(
    _ name: String,
    count: Int,
    rows: [Int],
    depth: Int
  ) throws -> [[PackedMatrix]] {
    let height = rows.reduce(0, +)
    let tensor = try require(name, shape: [depth, height, count])
    return try (0..<count).map { index in
      var first = index * height
      return try rows.map { rows in
        let part = first..<first + rows
        first += rows
        return try matrix(part, of: tensor, as: "\(name)[\(part)]")
      }
    }
  }

  /// A small matrix in float32, whatever the file has. [rows, depth]
  func floatMatrix(_ name: String, rows: Int, depth: Int) throws -> PackedMatrix {
    let tensor = try require(name, shape: [depth, rows])
    guard tensor.type != .f32 else { return try matrix(0..<rows, of: tensor, as: name) }
    let matrix =
      try storedMatrix(name, type: .f32, shape: [depth, rows])
      ?? computed(name, type: .f32, rows: rows, depth: depth) { row, bytes in
        for value in try floats(row..<row + 1, of: tensor) {
          Self.append(value, as: .f32, to: &bytes)
        }
      }
    note(matrix, as: name)
    report(tensor)
    return matrix
  }

  /// Rows `part` of a matrix of `rows` rows, with rows and columns exchanged. [depth, part.count]
  ///
  /// Floats keep their type. Blocks cannot be turned, and become 16-bit floats.
  func transposedMatrix(
    _ name: String,
    part: Range<Int>,
    of rows: Int,
    depth: Int
  ) throws -> PackedMatrix {
    let tensor = try require(name, shape: [depth, rows])
    let type: ElementType =
      switch tensor.type {
      case .f32, .bf16: tensor.type
      default: .f16
      }
    let label = "\(name)[\(part)] transposed"
    let matrix: PackedMatrix
    if let stored = try storedMatrix(label, type: type, shape: [part.count, depth]) {
      matrix = stored
    } else {
      let values = try floats(part, of: tensor)  // [part.count, depth]
      matrix = try computed(label, type: type, rows: depth, depth: part.count) { row, bytes in
        for column in 0..<part.count {
          Self.append(values[column * depth + row], as: type, to: &bytes)
        }
      }
    }
    note(matrix, as: label)
    report(byteCount: part.count * tensor.rowByteCount)
    return matrix
  }

  /// Packs a matrix whose rows `row` appends. [rows, depth]
  private func computed(
    _ label: String,
    type: ElementType,
    rows: Int,
    depth: Int,
    row: (_ row: Int, _ bytes: inout [UInt8]) throws -> Void
  ) throws -> PackedMatrix {
    try PackedMatrix(
      packing: label,
      type: type,
      rows: rows,
      depth: depth,
      into: arena,
      with: backend.workers
    ) { rows, bytes in
      for index in rows { try row(index, &bytes) }
    }
  }

  /// Some rows of `tensor` in float32.
  private func floats(_ rows: Range<Int>, of tensor: CheckpointTensor) throws -> [Float] {
    var bytes: [UInt8] = []
    checkpoint.append(rows, of: tensor, to: &bytes)
    // Bytes have no padding, so every one of them may be read.
    return try dequantize(unsafe bytes.span.bytes, type: tensor.type, name: tensor.name)
  }

  /// Appends a number as one of three float types; to bfloat16 only what it holds exactly.
  private static func append(_ value: Float, as type: ElementType, to bytes: inout [UInt8]) {
    func append(_ bits: some FixedWidthInteger, _ bytes: inout [UInt8]) {
      for shift in stride(from: 0, to: bits.bitWidth, by: 8) {
        bytes.append(UInt8(truncatingIfNeeded: bits >> shift))
      }
    }
    switch type {
    case .f32: append(value.bitPattern, &bytes)
    case .bf16: append(UInt16(value.bitPattern >> 16), &bytes)
    default: append(Float16(value).bitPattern, &bytes)
    }
  }
}
