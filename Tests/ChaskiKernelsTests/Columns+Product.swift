// Owns: the call of a table's product of panels with int8 columns.
// Does not own: the inputs (PackedWeights.swift, Columns.swift).

import ChaskiKernels

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
      unsafe table.arrange_q8(weights.type.id.rawValue, &x, 0, x.columns)
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
