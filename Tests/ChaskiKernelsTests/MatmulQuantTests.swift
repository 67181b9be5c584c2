// Owns: the products of packed panels with int8 columns. Does not own: packing (PackQuantTests).

import ChaskiKernels
import Testing

struct MatmulQuantTests {
  /// Depths with a remainder of every kind: one block, odd counts, more than one run of the kernel.
  static func depths(_ type: WeightType) -> [Int] {
    type.blockWeights == 256 ? [256, 768, 2304] : [32, 96, 576, 2080]
  }

  @Test(arguments: WeightType.quantised, Tables.fast)
  func `a fast product equals the plain one to the bit, for every count of columns`(
    type: WeightType,
    isa: ck_isa
  ) throws {
    for depth in Self.depths(type) {
      let weights = PackedWeights(random: type, rows: 37, depth: depth, tame: true, seed: 11)
      for count in Array(0...40) + [130] where depth < 1000 || count % 7 == 5 {
        let columns = try Columns(random: count, depth: depth, seed: UInt64(count))
        let accumulate = count % 3 == 1
        let stride = 37 + count % 5
        let plain = try multiply(
          weights,
          columns,
          with: CK_PLAIN,
          stride: stride,
          accumulate: accumulate
        )
        let fast = try multiply(weights, columns, with: isa, stride: stride, accumulate: accumulate)
        #expect(comparable(plain) == comparable(fast), "depth \(depth), \(count) columns")
      }
    }
  }

  @Test(arguments: WeightType.quantised, Tables.fast)
  func `hostile scales give the same numbers everywhere`(type: WeightType, isa: ck_isa) throws {
    let weights = PackedWeights(random: type, rows: 160, depth: 512, tame: false, seed: 17)
    for count in [1, 3, 13] {
      let columns = try Columns(random: count, depth: 512, seed: 4)
      let plain = try multiply(weights, columns, with: CK_PLAIN)
      #expect(comparable(plain) == comparable(try multiply(weights, columns, with: isa)))
    }
  }

  @Test(arguments: WeightType.quantised, Tables.isas)
  func `extreme codes do not overflow`(type: WeightType, isa: ck_isa) throws {
    for byte in [UInt8(0), 0x80, 0xff] {
      let bytes = [UInt8](repeating: byte, count: 16 * type.rowBytes(256))
      let weights = PackedWeights(type, rows: 16, depth: 256, file: bytes)
      for sign in [Float(1), -1] {
        let x = [Float](repeating: sign, count: 256)
        let columns = try Columns(x, stride: 256, count: 1, depth: 256, with: isa)
        let plain = try multiply(weights, columns, with: CK_PLAIN)
        #expect(comparable(plain) == comparable(try multiply(weights, columns, with: isa)))
      }
    }
  }

  @Test(arguments: WeightType.quantised, Tables.isas)
  func `a column's result does not depend on the columns beside it`(
    type: WeightType,
    isa: ck_isa
  ) throws {
    let rows = 20
    let depth = Self.depths(type)[1]
    let weights = PackedWeights(random: type, rows: rows, depth: depth, tame: true, seed: 23)
    let columns = try Columns(random: 29, depth: depth, seed: 1)
    let together = try multiply(weights, columns, with: isa)
    for column in 0..<29 {
      let alone = try multiply(weights, columns.selecting(column..<(column + 1)), with: isa)
      #expect(alone == Array(together[(column * rows)..<((column + 1) * rows)]))
    }
  }

  @Test(arguments: [WeightType.quantised[1], WeightType.quantised[9]], Tables.isas)
  func `a range of panels writes its own rows and nothing else`(
    type: WeightType,
    isa: ck_isa
  ) throws {
    let rows = 16 * 44 + 5
    let weights = PackedWeights(random: type, rows: rows, depth: 256, tame: true, seed: 29)
    for count in [1, 14] {
      let columns = try Columns(random: count, depth: 256, seed: 8)
      let whole = try multiply(weights, columns, with: isa)
      for panels in [0..<0, 0..<1, 3..<40, 44..<45, 7..<45] {
        let part = try multiply(weights, columns, with: isa, panels: panels)
        for i in part.indices {
          let inside = panels.contains(i % rows / 16)
          #expect(part[i] == (inside ? whole[i] : -7))
        }
      }
    }
  }

  /// The reference: dequantised weights times dequantised activations in double precision.
  ///
  /// Tolerance: a weight is a code's part plus a minimum's part, which are added up apart. Each
  /// block's two terms are rounded once, and each of the at most 4 n sums of n blocks (two planes)
  /// rounds once; so no product meets more than 4 n + 1 roundings of 2^-24 relative. The last 3
  /// allow for their second order.
  @Test(arguments: WeightType.quantised, Tables.isas)
  func `a product is close to that of the decoded numbers`(type: WeightType, isa: ck_isa) throws {
    for depth in Self.depths(type) {
      let weights = PackedWeights(random: type, rows: 19, depth: depth, tame: true, seed: 31)
      let columns = try Columns(random: 5, depth: depth, seed: 2)
      let product = try multiply(weights, columns, with: isa)
      let roundings = 4 * Double(depth / 32) + 4
      for row in 0..<19 {
        let w = weights.decoded(row: row).map(Double.init)
        let minima = weights.minima(row: row).map(Double.init)
        for column in 0..<5 {
          let x = columns.decoded(column: column)
          var sum = 0.0
          var size = 0.0
          for k in 0..<depth {
            sum += w[k] * x[k]
            size += ((w[k] - minima[k]).magnitude + minima[k].magnitude) * x[k].magnitude
          }
          let error = (Double(product[column * 19 + row]) - sum).magnitude
          #expect(error <= roundings * 0x1p-24 * size, "depth \(depth), \(row), \(column)")
        }
      }
    }
  }

  @Test func `types that are not quantised are left alone`() throws {
    let weights = PackedWeights(
      random: WeightType.floats[0],
      rows: 16,
      depth: 32,
      tame: true,
      seed: 1
    )
    let columns = try Columns(random: 1, depth: 32, seed: 2)
    for isa in Tables.isas {
      #expect(try multiply(weights, columns, with: isa).allSatisfy { $0 == -7 })
    }
  }
}
