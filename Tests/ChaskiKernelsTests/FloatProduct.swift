// Owns: one product of float panels with columns, for tests. Does not own: expectations.

import ChaskiKernels

/// A matrix [rows, depth] as packed panels, and columns [columns, depth] with strides.
struct FloatProduct {
  let type: ck_type
  let rows: Int
  let depth: Int
  let columns: Int
  var accumulates = false
  /// Whether the columns are rounded to bfloat16.
  var rounds = false
  /// Elements of the type as bits, [rows, depth].
  let weights: [UInt32]
  let x: [Float]
  let xStride: Int
  let outStride: Int

  /// A product of random numbers, with odd strides.
  init(type: ck_type, rows: Int, depth: Int, columns: Int, seed: UInt64) {
    var noise = SplitMix(seed)
    self.type = type
    self.rows = rows
    self.depth = depth
    self.columns = columns
    weights = noise.floats(rows * depth).map { Self.bits(of: $0, type) }
    xStride = depth + 3
    outStride = rows + 5
    x = noise.floats(columns * xStride + 1)
  }

  /// One column times weights of depth 1, a row each; `x` has one element before the column's.
  init(type: ck_type, weights: [UInt32], x: [Float]) {
    self.type = type
    self.weights = weights
    self.x = x
    rows = weights.count
    depth = 1
    columns = 1
    xStride = 1
    outStride = weights.count
  }

  /// BF16 weights, by their bits, times columns rounded to bfloat16. weights: [rows, depth], x: [columns, depth]
  init(roundedTo weights: [UInt32], x: [Float], rows: Int, depth: Int) {
    type = CK_BF16
    rounds = true
    self.weights = weights
    self.rows = rows
    self.depth = depth
    columns = x.count / depth
    xStride = depth
    outStride = rows + 5
    self.x = [0] + x
  }

  /// The bits that the file holds for `value`.
  static func bits(of value: Float, _ type: ck_type) -> UInt32 {
    switch type {
    case CK_F32: value.bitPattern
    case CK_F16: UInt32(Float16(value).bitPattern)
    default: value.bitPattern >> 16
    }
  }

  /// The number that the file's bits stand for.
  static func value(of bits: UInt32, _ type: ck_type) -> Float {
    switch type {
    case CK_F32: Float(bitPattern: bits)
    case CK_F16: Float(Float16(bitPattern: UInt16(bits)))
    default: Float(bitPattern: bits << 16)
    }
  }

  /// What the output holds before the call.
  var before: [Float] {
    (0..<columns * outStride + 20).map { Float($0 % 7) - 3 }
  }

  /// The panels' bytes, from the file's bytes.
  var panels: [UInt8] {
    let size = type == CK_F32 ? 4 : 2
    let file = weights.flatMap { bits in
      (0..<size).map { UInt8(truncatingIfNeeded: bits >> (8 * UInt32($0))) }
    }
    let panelBytes = Int(ck_panel_bytes(type.rawValue, Int64(depth)))
    let count = (rows + 15) / 16
    var panels = [UInt8](repeating: 0xFF, count: panelBytes * count + 64)
    unsafe file.withUnsafeBytes { file in
      unsafe panels.withUnsafeMutableBytes { panels in
        for panel in 0..<count {
          let source = unsafe file.baseAddress.map { unsafe $0 + panel * 16 * depth * size }
          let target = unsafe panels.baseAddress.map { unsafe $0 + panel * panelBytes }
          guard let source = unsafe source else { continue }
          unsafe ck_pack_panel(
            type.rawValue,
            source,
            Int64(depth * size),
            Int32(min(16, rows - 16 * panel)),
            Int64(depth),
            target
          )
        }
      }
    }
    return panels
  }

  /// The whole output after `table` computed `panelRange` (all panels if nil) of `columnRange`.
  func run(
    _ table: FloatTable,
    panelRange: Range<Int>? = nil,
    columnRange: Range<Int>? = nil
  ) -> [Float] {
    let panelRange = panelRange ?? 0..<(rows + 15) / 16
    let columnRange = columnRange ?? 0..<columns
    var out = before
    let panels = panels
    unsafe out.withUnsafeMutableBufferPointer { out in
      unsafe x.withUnsafeBufferPointer { x in
        unsafe panels.withUnsafeBytes { panels in
          unsafe table.withTable { table in
            // One past the start of `x`, so that columns are not aligned.
            let x = unsafe x.baseAddress.map { unsafe $0 + 1 + columnRange.lowerBound * xStride }
            let out = unsafe out.baseAddress.map { unsafe $0 + columnRange.lowerBound * outStride }
            let count = Int64(columnRange.count)
            let memory = AlignedBytes(Int(ck_float_columns_bytes(count, Int64(depth))))
            var ready = unsafe ck_float_columns(
              ready: memory.bytes.baseAddress,
              columns: count,
              depth: Int64(depth),
              rounded: rounds ? 1 : 0
            )
            // In two parts where there are two tiles, as threads share the work.
            let middle = min(count, Int64(CK_FLOAT_TILE))
            unsafe table.ready_float(x, Int64(xStride), middle, count, &ready)
            unsafe table.ready_float(x, Int64(xStride), 0, middle, &ready)
            unsafe table.matmul_float(
              type.rawValue,
              panels.baseAddress,
              Int64(rows),
              Int64(panelRange.lowerBound),
              Int64(panelRange.upperBound),
              &ready,
              out,
              Int64(outStride),
              accumulates ? 1 : 0
            )
          }
        }
      }
    }
    return out
  }

  /// The output by the order of operations that the interface states.
  var expected: [Float] {
    var out = before
    for column in 0..<columns {
      for row in 0..<rows {
        var sum: Float = 0
        for k in 0..<depth {
          let weight = Self.value(of: weights[row * depth + k], type)
          sum.addProduct(weight, x[1 + column * xStride + k])
        }
        let place = column * outStride + row
        out[place] = accumulates ? out[place] + sum : sum
      }
    }
    return out
  }
}
