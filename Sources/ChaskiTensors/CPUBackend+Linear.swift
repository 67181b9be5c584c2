// Owns: products of activations with packed weights, one operation for all matrices that share an input.

import ChaskiKernels

extension CPUBackend {
  /// x W^T (+ b) for one matrix. x: [T, D], result: [T, rows]
  package func linear(_ x: LinearInput, _ weight: PackedMatrix, bias: Vector? = nil) -> Tensor {
    let result = tensor(rows: x.rows, columns: weight.rows)
    multiply(x, [Product(weight: weight, bias: bias, output: result)], accumulate: false)
    return result
  }

  /// Adds x W^T (+ b) to `sum`. x: [T, D], sum: [T, rows]
  package func linear(
    _ x: LinearInput,
    _ weight: PackedMatrix,
    bias: Vector? = nil,
    addingTo sum: Tensor
  ) {
    multiply(x, [Product(weight: weight, bias: bias, output: sum)], accumulate: true)
  }

  /// x W^T (+ b) for several matrices of one input, in one pass. x: [T, D], results: [T, rows] each
  package func linear(
    _ x: LinearInput,
    _ layers: [(weight: PackedMatrix, bias: Vector?)]
  ) -> [Tensor] {
    let products = layers.map { layer in
      Product(
        weight: layer.weight,
        bias: layer.bias,
        output: tensor(rows: x.rows, columns: layer.weight.rows)
      )
    }
    multiply(x, products, accumulate: false)
    return products.map(\.output)
  }

  private struct Product {
    let weight: PackedMatrix
    let bias: Vector?
    let output: Tensor
  }

  private func multiply(_ input: LinearInput, _ products: [Product], accumulate: Bool) {
    for product in products {
      precondition(
        product.weight.depth == input.columns,
        "a matrix of depth \(product.weight.depth) meets activations of width \(input.columns)"
      )
      precondition(
        product.output.rows == input.rows && product.output.columns == product.weight.rows,
        "the output's shape does not fit the matrix"
      )
    }
    guard input.rows > 0 else { return }
    let hasFloats = products.contains { $0.weight.type.isFloat }
    let floats = hasFloats ? self.floats(of: input) : nil
    let columns = floats.map { tensor in
      FloatInput(tensor, for: products.map(\.weight.type), on: self)
    }
    let types = products.map(\.weight.type).filter { !$0.isFloat }
    let quantized =
      types.isEmpty
      ? nil : QuantizedColumns(floats.map(LinearInput.tensor) ?? input, for: types, on: self)
    unsafe withUnsafeTemporaryAllocation(of: PanelProduct.self, capacity: products.count) { calls in
      for (index, product) in products.enumerated() {
        unsafe calls.initializeElement(
          at: index,
          to: PanelProduct(
            product.weight,
            floats: columns?.columns(for: product.weight.type),
            quantized: quantized?.columns(for: product.weight.type, on: self),
            output: product.output,
            accumulate: accumulate
          )
        )
      }
      unsafe multiply(calls, columns: input.rows)
    }
    for product in products {
      if let bias = product.bias { addBias(bias, to: product.output) }
    }
    withExtendedLifetime((input, columns, quantized)) {}
  }

  /// All panels of all products, one after the other, cut into pieces of equal size.
  ///
  /// Several a thread, so that a slow thread leaves its share to the others; in decode of about 256 kB, since
  /// threads that end together have at most one piece's time between them.
  private func multiply(_ calls: UnsafeMutableBufferPointer<PanelProduct>, columns: Int) {
    let total = unsafe calls.reduce(0) { $0 + $1.panelCount }
    let byteCount = unsafe calls.reduce(0) { $0 + $1.byteCount }
    let wanted =
      columns < 8
      ? max(workers.threadCount * 4, byteCount >> 18) : workers.threadCount * 8
    let pieces = workers.threadCount == 1 ? 1 : min(total, wanted)
    let kernels = unsafe kernels
    workers.run(pieces) { piece in
      var first = total * piece / pieces
      var last = total * (piece + 1) / pieces
      for index in 0..<calls.count {
        let count = unsafe calls[index].panelCount
        if first < count, last > 0 {
          unsafe calls[index].run(panels: max(first, 0)..<min(last, count), kernels)
        }
        first -= count
        last -= count
      }
    }
  }

  private func addBias(_ bias: Vector, to output: Tensor) {
    forRows(output.rows, width: output.columns) { rows in
      for row in rows {
        let row = unsafe output.pointer(row: row)
        unsafe kernels.pointee.add(row, bias.base, Int64(output.columns), row)
      }
    }
  }
}

/// One product in terms of addresses, for loops that many threads run: copying it counts no references.
@safe private struct PanelProduct {
  let panelCount: Int
  let byteCount: Int
  private let type: Int32
  private let panels: UnsafeRawPointer
  private let depth: Int64
  private let rows: Int64
  private let floats: ck_float_columns?
  private let quantized: ck_q8_columns?
  private let output: UnsafeMutablePointer<Float>
  private let accumulate: Int32

  /// The caller keeps everything alive.
  init(
    _ weight: PackedMatrix,
    floats: ck_float_columns?,
    quantized: ck_q8_columns?,
    output: Tensor,
    accumulate: Bool
  ) {
    (panelCount, byteCount) = (weight.panelCount, weight.byteCount)
    type = Int32(weight.type.rawValue)
    unsafe panels = weight.base
    (depth, rows) = (Int64(weight.depth), Int64(weight.rows))
    unsafe self.floats = floats
    unsafe self.quantized = quantized
    unsafe self.output = output.base
    self.accumulate = accumulate ? 1 : 0
  }

  func run(panels range: Range<Int>, _ kernels: UnsafePointer<ck_table>) {
    let (first, last) = (Int64(range.lowerBound), Int64(range.upperBound))
    if var floats = unsafe floats {
      unsafe kernels.pointee.matmul_float(
        type,
        panels,
        rows,
        first,
        last,
        &floats,
        output,
        rows,
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
        output,
        rows,
        accumulate
      )
    }
  }
}

/// A step's activations for weights of float types: as float32, rounded to bfloat16, or both.
private struct FloatInput {
  private let plain: FloatColumns?
  private let rounded: FloatColumns?

  init(_ x: Tensor, for types: [ElementType], on backend: CPUBackend) {
    let rounds = backend.roundsToBFloat16
    let needsPlain = types.contains { $0.isFloat && !($0 == .bf16 && rounds) }
    plain = needsPlain ? FloatColumns(x, rounded: false, on: backend) : nil
    rounded =
      rounds && types.contains(.bf16) ? FloatColumns(x, rounded: true, on: backend) : nil
  }

  /// What weights of `type` meet; nil if they are quantised.
  func columns(for type: ElementType) -> ck_float_columns? {
    guard type.isFloat else { return nil }
    return unsafe (type == .bf16 ? rounded ?? plain : plain)?.columns
  }
}

extension ElementType {
  /// Whether weights of this type meet float activations, not int8 ones.
  var isFloat: Bool { self == .f32 || self == .f16 || self == .bf16 }
}
