// Owns: a matrix as in a file and packed, and its decoding.
// Does not own: products (Columns+Product.swift).

import ChaskiKernels

/// A matrix in its file's form and packed.
struct PackedWeights {
  let type: WeightType
  let rows: Int
  let depth: Int
  let file: [UInt8]
  let panels: AlignedBytes

  var panelCount: Int { (rows + 15) / 16 }

  init(_ type: WeightType, rows: Int, depth: Int, file: [UInt8]) {
    (self.type, self.rows, self.depth, self.file) = (type, rows, depth, file)
    let panelBytes = Int(ck_panel_bytes(type.id.rawValue, Int64(depth)))
    let rowBytes = type.rowBytes(depth)
    let packed = AlignedBytes(panelBytes * ((rows + 15) / 16))
    unsafe file.withUnsafeBytes { source in
      for panel in 0..<((rows + 15) / 16) {
        unsafe ck_pack_panel(
          type.id.rawValue,
          source.baseAddress?.advanced(by: panel * 16 * rowBytes),
          Int64(rowBytes),
          Int32(min(16, rows - 16 * panel)),
          Int64(depth),
          packed.bytes.baseAddress?.advanced(by: panel * panelBytes)
        )
      }
    }
    panels = packed
  }

  /// Random bit patterns.
  ///
  /// With `tame`, scales and minima are finite and of ordinary size.
  init(random type: WeightType, rows: Int, depth: Int, tame: Bool, seed: UInt64) {
    var random = SplitMix(seed)
    var file = (0..<(rows * type.rowBytes(depth))).map { _ in
      UInt8.random(in: 0...255, using: &random)
    }
    if tame {
      for block in stride(from: 0, to: file.count, by: type.blockBytes) {
        for at in type.halfOffsets {
          let bits = Float16(random.float() / 16).bitPattern
          (file[block + at], file[block + at + 1]) = (UInt8(bits & 255), UInt8(bits >> 8))
        }
        if type.id == CK_MXFP4 { file[block] = UInt8.random(in: 118...126, using: &random) }
      }
    }
    self.init(type, rows: rows, depth: depth, file: file)
  }

  /// The decoded weights of a row, from the file's bytes.
  func decoded(row: Int) -> [Float] {
    let rowBytes = type.rowBytes(depth)
    return decode(type, file[(row * rowBytes)..<((row + 1) * rowBytes)], count: depth)
  }

  /// What minima alone contribute to a row: its weights with all codes zero.
  func minima(row: Int) -> [Float] {
    guard let codes = type.codesOfMinimaType else { return Array(repeating: 0, count: depth) }
    let rowBytes = type.rowBytes(depth)
    var bytes = Array(file[(row * rowBytes)..<((row + 1) * rowBytes)])
    for block in stride(from: 0, to: rowBytes, by: type.blockBytes) {
      for at in codes { bytes[block + at] = 0 }
    }
    return decode(type, bytes, count: depth)
  }

  /// The decoded weights of a row, from its panel.
  func unpacked(row: Int) -> [Float] {
    let panelBytes = Int(ck_panel_bytes(type.id.rawValue, Int64(depth)))
    var result = [Float](repeating: 0, count: depth)
    unsafe ck_unpack_row(
      type.id.rawValue,
      panels.bytes.baseAddress?.advanced(by: row / 16 * panelBytes),
      Int32(row % 16),
      Int64(depth),
      &result
    )
    return result
  }
}

/// `count` weights decoded from a file's bytes.
func decode(_ type: WeightType, _ bytes: some Collection<UInt8>, count: Int) -> [Float] {
  var result = [Float](repeating: 0, count: count)
  unsafe ck_dequantize(type.id.rawValue, Array(bytes), Int64(count), &result)
  return result
}

/// The bits of floats, all NaN as one: which of a NaN's bits survive arithmetic is not promised.
func comparable(_ floats: [Float]) -> [UInt32] {
  floats.map { $0.isNaN ? 0x7fc0_0000 : $0.bitPattern }
}
