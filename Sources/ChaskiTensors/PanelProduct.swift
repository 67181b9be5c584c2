// Owns: one matrix's product with prepared activations, as addresses.
// Does not own: the loop over panels (CPUBackend+Linear), the arithmetic (ChaskiKernels).

import ChaskiKernels

/// One product in terms of addresses, for loops that many threads run: copying it counts no references.
@safe struct PanelProduct {
  /// The places of its panels among those of all products of a loop.
  let place: Range<Int>
  private let type: Int32
  private let panels: UnsafeRawPointer
  private let depth: Int64
  private let rows: Int64
  private let floats: ck_float_columns?
  private let quantized: ck_q8_columns?
  private let bias: UnsafePointer<Float>?
  private let columns: Int
  private let output: ProductOutput
  private let accumulate: Int32

  /// The product of a matrix whose first panel comes at `place` with `columns` rows of `input`; the caller keeps
  /// everything alive.
  init(
    _ operand: Projection.Operand,
    place: Int,
    _ input: PreparedInput,
    columns: Int,
    output: ProductOutput,
    accumulate: Bool,
    on backend: CPUBackend
  ) {
    self.place = place..<place + operand.panelCount
    type = Int32(operand.type.rawValue)
    unsafe panels = operand.panels
    (depth, rows) = (Int64(input.columns), Int64(operand.rows))
    unsafe bias = operand.bias
    self.columns = columns
    unsafe floats = input.floatColumns(for: operand.type)
    unsafe quantized = input.quantizedColumns(for: operand.type, on: backend)
    self.output = output
    self.accumulate = accumulate ? 1 : 0
  }

  /// The panels that lie in `places`.
  func run(_ places: Range<Int>, _ kernels: UnsafePointer<ck_table>) {
    let range = places.clamped(to: place)
    let first = Int64(range.lowerBound - place.lowerBound)
    let last = Int64(range.upperBound - place.lowerBound)
    if var floats = unsafe floats {
      unsafe kernels.pointee.matmul_float(
        type,
        panels,
        rows,
        first,
        last,
        &floats,
        output.base,
        Int64(output.stride),
        accumulate
      )
    } else if var quantized = unsafe quantized {
      unsafe kernels.pointee.matmul_q8(
        type,
        panels,
        depth,
        rows,
        first,
        last,
        &quantized,
        output.base,
        Int64(output.stride),
        accumulate
      )
    }
    guard let bias = unsafe bias else { return }
    // While the sums are near.
    let row = Int(first) * PackedMatrix.panelRows
    let count = min(rows, last * Int64(PackedMatrix.panelRows)) - Int64(row)
    for column in 0..<columns {
      let sums = unsafe output.base + column * output.stride + row
      unsafe kernels.pointee.add(sums, bias + row, count, sums)
    }
  }

  /// The index of the first of `products`, which lie in order, that has a panel at `place` or after it.
  static func firstIndex(
    in products: UnsafeMutableBufferPointer<PanelProduct>,
    beyond place: Int
  ) -> Int {
    var (low, high) = (0, products.count)
    while low < high {
      let middle = (low + high) / 2
      if unsafe products[middle].place.upperBound <= place {
        low = middle + 1
      } else {
        high = middle
      }
    }
    return low
  }
}
