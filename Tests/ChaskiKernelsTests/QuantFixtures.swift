// Owns: what the tests of quantised weights share: types, tables, random inputs, packed matrices.
// Does not own: the tests.

import ChaskiKernels
import Testing

/// A type of weights that the kernels know.
struct WeightType: CustomTestStringConvertible, Sendable {
  let name: String
  let id: ck_type
  let blockWeights: Int
  let blockBytes: Int

  var testDescription: String { name }

  private init(_ name: String, _ id: ck_type, _ blockWeights: Int, _ blockBytes: Int) {
    (self.name, self.id, self.blockWeights, self.blockBytes) = (name, id, blockWeights, blockBytes)
  }

  /// The quantised types; sizes from ggml's documentation of the formats.
  static let quantised = [
    Self("Q4_0", CK_Q4_0, 32, 18), Self("Q4_1", CK_Q4_1, 32, 20), Self("Q5_0", CK_Q5_0, 32, 22),
    Self("Q5_1", CK_Q5_1, 32, 24), Self("Q8_0", CK_Q8_0, 32, 34), Self("Q2_K", CK_Q2_K, 256, 84),
    Self("Q3_K", CK_Q3_K, 256, 110), Self("Q4_K", CK_Q4_K, 256, 144),
    Self("Q5_K", CK_Q5_K, 256, 176), Self("Q6_K", CK_Q6_K, 256, 210),
    Self("IQ4_NL", CK_IQ4_NL, 32, 18), Self("IQ4_XS", CK_IQ4_XS, 256, 136),
    Self("TQ1_0", CK_TQ1_0, 256, 54), Self("TQ2_0", CK_TQ2_0, 256, 66),
    Self("MXFP4", CK_MXFP4, 32, 17),
  ]

  /// The float types.
  static let floats = [
    Self("F32", CK_F32, 1, 4), Self("F16", CK_F16, 1, 2), Self("BF16", CK_BF16, 1, 2),
  ]

  static let all = quantised + floats

  /// Bytes of a row of `depth` weights in a file.
  func rowBytes(_ depth: Int) -> Int { depth / blockWeights * blockBytes }

  /// Where in a block its float16 numbers lie (scales and minima).
  var halfOffsets: [Int] {
    switch id {
    case CK_Q4_0, CK_Q5_0, CK_Q8_0, CK_IQ4_NL, CK_IQ4_XS: [0]
    case CK_Q4_1, CK_Q5_1, CK_Q4_K, CK_Q5_K: [0, 2]
    case CK_Q2_K: [80, 82]
    case CK_Q3_K: [108]
    case CK_Q6_K: [208]
    case CK_TQ1_0: [52]
    case CK_TQ2_0: [64]
    default: []
    }
  }
}

extension WeightType {
  /// Where in a block the codes lie, for the types with minima.
  var codesOfMinimaType: Range<Int>? {
    switch id {
    case CK_Q4_1: 4..<20
    case CK_Q5_1: 4..<24
    case CK_Q2_K: 16..<80
    case CK_Q4_K: 16..<144
    case CK_Q5_K: 16..<176
    default: nil
    }
  }
}

/// The tables that this machine runs, the plain one first.
enum Tables {
  static let isas = [CK_PLAIN, CK_AVX2, CK_AVX512, CK_NEON].filter {
    unsafe ck_table_for($0) != nil
  }
  static let fast = isas.filter { $0 != CK_PLAIN }

  /// The table of an instruction set that is in `isas`.
  static func table(_ isa: ck_isa) throws -> ck_table {
    guard let table = unsafe ck_table_for(isa) else { throw Missing(isa: isa) }
    return unsafe table.pointee
  }

  struct Missing: Error {
    let isa: ck_isa
  }
}

/// A small generator of reproducible numbers: SplitMix64, from a paper of Steele and others, 2014.
struct SplitMix: RandomNumberGenerator {
  private var state: UInt64

  init(_ seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }

  /// A float in -1 ..< 1.
  mutating func float() -> Float { Float.random(in: -1..<1, using: &self) }
}

/// Bytes at an address of 64 bytes' alignment.
@safe final class AlignedBytes {
  let bytes: UnsafeMutableRawBufferPointer

  init(_ count: Int) {
    unsafe bytes = .allocate(byteCount: max(count, 64), alignment: 64)
    for i in unsafe bytes.indices { unsafe bytes[i] = 0 }
  }

  deinit { unsafe bytes.deallocate() }
}

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

/// The product of some panels with columns, [columns, stride]; untouched places keep `fill`.
func multiply(
  _ weights: PackedWeights,
  _ columns: Columns,
  with isa: ck_isa,
  panels: Range<Int>? = nil,
  stride: Int? = nil,
  accumulate: Bool = false,
  fill: Float = -7
) throws -> [Float] {
  let stride = stride ?? weights.rows
  let panels = panels ?? 0..<weights.panelCount
  var out = [Float](repeating: fill, count: columns.count * stride)
  if accumulate { for i in out.indices { out[i] = Float(i % 13) - 6 } }
  let table = unsafe try Tables.table(isa)
  var columns = columns
  unsafe columns.withColumns { x in
    var x = unsafe x
    unsafe out.withUnsafeMutableBufferPointer { out in
      unsafe table.matmul_q8(
        weights.type.id.rawValue,
        weights.panels.bytes.baseAddress,
        Int64(weights.depth),
        Int64(weights.rows),
        Int64(panels.lowerBound),
        Int64(panels.upperBound),
        &x,
        out.baseAddress,
        Int64(stride),
        accumulate ? 1 : 0
      )
    }
  }
  return out
}
