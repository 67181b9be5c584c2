// Owns: columns of int8 activations. Does not own: products (Columns+Product.swift).

import ChaskiKernels

/// Columns of activations and their int8 form as one table makes it.
struct Columns {
  let count: Int
  let depth: Int
  var codes: [Int8]
  var scales: [Float]
  var sums: [Int16]

  /// Quantises `count` columns of `depth` floats that lie `stride` apart.
  init(_ x: [Float], stride: Int, count: Int, depth: Int, with isa: ck_isa) throws {
    (self.count, self.depth) = (count, depth)
    codes = Array(repeating: 99, count: count * depth)
    scales = Array(repeating: 99, count: count * depth / 32)
    sums = Array(repeating: 99, count: count * depth / 16)
    let table = unsafe try Tables.table(isa)
    unsafe withColumns { columns in
      var columns = unsafe columns
      unsafe x.withUnsafeBufferPointer { x in
        unsafe table.quantize_q8(x.baseAddress, Int64(stride), &columns)
      }
    }
  }

  /// Random columns of ordinary size.
  init(random count: Int, depth: Int, seed: UInt64) throws {
    var random = SplitMix(seed)
    let x = (0..<(count * depth)).map { _ in random.float() }
    try self.init(x, stride: depth, count: count, depth: depth, with: CK_PLAIN)
  }

  /// Calls `body` with the C description of these columns.
  mutating func withColumns<R>(_ body: (ck_q8_columns) -> R) -> R {
    unsafe codes.withUnsafeMutableBufferPointer { codes in
      unsafe scales.withUnsafeMutableBufferPointer { scales in
        unsafe sums.withUnsafeMutableBufferPointer { sums in
          unsafe body(
            ck_q8_columns(
              codes: codes.baseAddress,
              scales: scales.baseAddress,
              sums: sums.baseAddress,
              columns: Int64(count),
              depth: Int64(depth)
            )
          )
        }
      }
    }
  }

  /// A column as the numbers that its codes mean, exactly.
  func decoded(column: Int) -> [Double] {
    (0..<depth).map { k in
      Double(scales[(column * depth + k) / 32]) * Double(codes[column * depth + k])
    }
  }

  /// Some of the columns, alone.
  func selecting(_ range: Range<Int>) -> Columns {
    Columns(
      count: range.count,
      depth: depth,
      codes: Array(codes[(range.lowerBound * depth)..<(range.upperBound * depth)]),
      scales: Array(scales[(range.lowerBound * depth / 32)..<(range.upperBound * depth / 32)]),
      sums: Array(sums[(range.lowerBound * depth / 16)..<(range.upperBound * depth / 16)])
    )
  }

  private init(count: Int, depth: Int, codes: [Int8], scales: [Float], sums: [Int16]) {
    (self.count, self.depth) = (count, depth)
    (self.codes, self.scales, self.sums) = (codes, scales, sums)
  }
}
