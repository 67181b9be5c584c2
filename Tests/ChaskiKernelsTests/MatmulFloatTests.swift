// Owns: tests of products with F32, F16 and BF16 panels (body_matmul_float.h, body_tile.h).
// Does not own: quantised products.

import ChaskiKernels
import Testing

@Suite struct MatmulFloatTests {
  static let types = [CK_F32.rawValue, CK_F16.rawValue, CK_BF16.rawValue]

  @Test(arguments: FloatTable.fast, types)
  func `products equal plain C at every depth, row count and column count`(
    table: FloatTable,
    type: Int32
  ) {
    for size in 0...130 {
      let shapes = [
        (rows: 37, depth: size, columns: 13), (rows: size, depth: 33, columns: 3),
        (rows: 33, depth: 5, columns: size), (rows: size, depth: 9, columns: 1),
      ]
      for (index, shape) in shapes.enumerated() {
        var product = FloatProduct(
          type: ck_type(rawValue: type),
          rows: shape.rows,
          depth: shape.depth,
          columns: shape.columns,
          seed: UInt64(size * 4 + index)
        )
        product.accumulates = size % 2 == 1
        #expect(firstDifference(product.run(table), product.run(.plain)) == nil, "\(shape)")
      }
    }
  }

  @Test(arguments: FloatTable.present, types)
  func `products have the stated order of summation`(table: FloatTable, type: Int32) {
    for accumulates in [false, true] {
      for (rows, depth, columns) in [(1, 1, 1), (16, 64, 1), (150, 40, 1), (40, 70, 31)] {
        var product = FloatProduct(
          type: ck_type(rawValue: type),
          rows: rows,
          depth: depth,
          columns: columns,
          seed: 9
        )
        product.accumulates = accumulates
        #expect(firstDifference(product.run(table), product.expected) == nil)
      }
    }
  }

  @Test(arguments: FloatTable.present, types)
  func `a column or a panel alone gives the bits it gives in company`(
    table: FloatTable,
    type: Int32
  ) {
    let product = FloatProduct(
      type: ck_type(rawValue: type),
      rows: 70,
      depth: 45,
      columns: 19,
      seed: 10
    )
    let together = product.run(table)
    let before = product.before
    for column in 0..<19 {
      let alone = product.run(table, columnRange: column..<column + 1)
      for i in alone.indices {
        let isOwn = i / product.outStride == column && i % product.outStride < 70
        #expect(alone[i].bitPattern == (isOwn ? together[i] : before[i]).bitPattern)
      }
    }
    for panels in [0..<1, 1..<3, 4..<5, 2..<2] {
      let part = product.run(table, panelRange: panels)
      let rows = panels.lowerBound * 16..<min(panels.upperBound * 16, 70)
      for i in part.indices {
        let isOwn = i / product.outStride < 19 && rows.contains(i % product.outStride)
        #expect(part[i].bitPattern == (isOwn ? together[i] : before[i]).bitPattern)
      }
    }
  }
}
