// Owns: columns of int8 activations. Does not own: products (Columns+Product.swift).

import ChaskiKernels

/// Columns of activations and their int8 form as one table makes it, with second planes.
struct Columns {
  private(set) var count: Int
  let depth: Int
  var codes: [Int8]
  var scales: [Float]
  var sums: [Int16]
  var fineCodes: [Int8]
  var fineSums: [Int16]
  var fineFlags: [UInt8]

  /// Quantises `count` columns of `depth` floats that lie `stride` apart.
  init(_ x: [Float], stride: Int, count: Int, depth: Int, with isa: ck_isa) throws {
    (self.count, self.depth) = (count, depth)
    codes = Array(repeating: 99, count: count * depth)
    scales = Array(repeating: 99, count: count * depth / 32)
    sums = Array(repeating: 99, count: count * depth / 16)
    fineCodes = Array(repeating: 99, count: count * depth)
    fineSums = Array(repeating: 99, count: count * depth / 16)
    fineFlags = Array(repeating: 99, count: count * depth / 32)
    let table = unsafe try Tables.table(isa)
    unsafe withColumns { columns in
      var columns = unsafe columns
      unsafe x.withUnsafeBufferPointer { x in
        unsafe table.quantize_q8(x.baseAddress, Int64(stride), &columns)
      }
    }
  }

  /// Random columns of ordinary size, in which one number in sixty stands out: some blocks have a
  /// second plane, some have none.
  init(random count: Int, depth: Int, seed: UInt64) throws {
    var random = SplitMix(seed)
    let x = (0..<(count * depth)).map { _ in
      let value = random.float()
      return random.next() % 60 == 0 ? value * 20 : value
    }
    try self.init(x, stride: depth, count: count, depth: depth, with: CK_PLAIN)
  }

  /// Calls `body` with the C description of these columns.
  mutating func withColumns<R>(_ body: (ck_q8_columns) -> R) -> R {
    var list = [Int32](repeating: 0, count: max(count * (depth / 32 + 1), 1))
    let readyBytes = max(count * depth / 32, 1) * Int(CK_READY_BYTES)
    // Made by a product's arrangement: what was there before must not matter.
    var ready = [UInt8](repeating: 0x5a, count: readyBytes)
    var fineReady = [UInt8](repeating: 0x5a, count: readyBytes)
    let (count, depth) = (count, depth)
    return unsafe codes.withUnsafeMutableBufferPointer { codes in
      unsafe scales.withUnsafeMutableBufferPointer { scales in
        unsafe sums.withUnsafeMutableBufferPointer { sums in
          unsafe fineCodes.withUnsafeMutableBufferPointer { fineCodes in
            unsafe fineSums.withUnsafeMutableBufferPointer { fineSums in
              unsafe fineFlags.withUnsafeMutableBufferPointer { fineFlags in
                unsafe fineReady.withUnsafeMutableBufferPointer { fineReady in
                  unsafe list.withUnsafeMutableBufferPointer { list in
                    unsafe ready.withUnsafeMutableBufferPointer { ready in
                      let columns = unsafe ck_q8_columns(
                        codes: codes.baseAddress,
                        scales: scales.baseAddress,
                        sums: sums.baseAddress,
                        columns: Int64(count),
                        depth: Int64(depth),
                        fine_codes: fineCodes.baseAddress,
                        fine_sums: fineSums.baseAddress,
                        fine_flags: fineFlags.baseAddress,
                        ready: ready.baseAddress,
                        fine_ready: fineReady.baseAddress,
                        fine_blocks: list.baseAddress
                      )
                      return unsafe body(columns)
                    }
                  }
                }
              }
            }
          }
        }
      }
    }
  }

  /// A column as the numbers that its codes mean, to double precision.
  func decoded(column: Int) -> [Double] {
    (0..<depth).map { k in
      let at = column * depth + k
      let scale = scales[at / 32]
      let fine = fineFlags[at / 32] == 1 ? Double(scale / 254) * Double(fineCodes[at]) : 0
      return Double(scale) * Double(codes[at]) + fine
    }
  }

  /// Some of the columns, alone.
  func selecting(_ range: Range<Int>) -> Columns {
    var part = self
    part.count = range.count
    func cut<T>(_ values: [T], _ length: Int) -> [T] {
      Array(values[(range.lowerBound * length)..<(range.upperBound * length)])
    }
    part.codes = cut(codes, depth)
    part.scales = cut(scales, depth / 32)
    part.sums = cut(sums, depth / 16)
    part.fineCodes = cut(fineCodes, depth)
    part.fineSums = cut(fineSums, depth / 16)
    part.fineFlags = cut(fineFlags, depth / 32)
    return part
  }
}
