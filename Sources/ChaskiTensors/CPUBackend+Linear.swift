// Owns: products of activations with packed weights, one operation for all matrices that share an input.

import ChaskiKernels

extension CPUBackend {
  /// x W^T + b for each matrix. x: [T, D], results: [T, rows] each
  package func linear(_ x: LinearInput, _ projection: Projection) -> [Tensor] {
    let results = projection.matrices.map { tensor(rows: x.rows, columns: $0.rows) }
    multiply(x, projection, into: results, accumulate: false)
    return results
  }

  /// Adds x W^T + b of a projection's only matrix to `sum`. x: [T, D], sum: [T, rows]
  package func linear(_ x: LinearInput, _ projection: Projection, addingTo sum: Tensor) {
    precondition(projection.matrices.count == 1, "several matrices add to one tensor")
    multiply(x, projection, into: CollectionOfOne(sum), accumulate: true)
  }

  /// x W^T (+ b) for one matrix, outside any model. x: [T, D], result: [T, rows]
  package func linear(_ x: LinearInput, _ weight: PackedMatrix, bias: Vector? = nil) -> Tensor {
    let result = tensor(rows: x.rows, columns: weight.rows)
    let projection = Projection(weight, bias: bias)
    multiply(x, projection, into: CollectionOfOne(result), accumulate: false)
    return result
  }

  private func multiply(
    _ input: LinearInput,
    _ projection: Projection,
    into outputs: some RandomAccessCollection<Tensor>,
    accumulate: Bool
  ) {
    precondition(
      projection.depth == input.columns,
      "a matrix of depth \(projection.depth) meets activations of width \(input.columns)"
    )
    for (output, operand) in zip(outputs, projection.operands) {
      precondition(
        output.rows == input.rows && output.columns == operand.rows,
        "the output's shape does not fit the matrix"
      )
    }
    guard input.rows > 0 else { return }
    let floats = projection.floatTypes.isEmpty ? nil : self.floats(of: input)
    let columns = floats.map { FloatInput($0, for: projection.floatTypes, on: self) }
    let quantized =
      projection.quantizedTypes.isEmpty
      ? nil
      : QuantizedColumns(
        floats.map(LinearInput.tensor) ?? input,
        for: projection.quantizedTypes,
        on: self
      )
    let count = projection.operands.count
    unsafe withUnsafeTemporaryAllocation(of: PanelProduct.self, capacity: count) { calls in
      for (index, output) in outputs.enumerated() {
        let operand = projection.operands[index]
        unsafe calls.initializeElement(
          at: index,
          to: PanelProduct(
            operand,
            depth: projection.depth,
            floats: columns?.columns(for: operand.type),
            quantized: quantized?.columns(for: operand.type, on: self),
            output: output,
            accumulate: accumulate
          )
        )
      }
      unsafe multiply(calls, projection, columns: input.rows)
    }
    if projection.hasBias {
      for (output, bias) in zip(outputs, projection.biases) {
        if let bias { addBias(bias, to: output) }
      }
    }
    withExtendedLifetime((input, columns, quantized, projection)) {}
  }

  /// All panels of all products, one after the other, cut into pieces of equal size.
  ///
  /// A thread takes many neighbouring pieces at a time, since that is how memory and caches like it; the size of
  /// a piece is what threads may be apart at the end.
  private func multiply(
    _ calls: UnsafeMutableBufferPointer<PanelProduct>,
    _ projection: Projection,
    columns: Int
  ) {
    let isDecode = columns < Self.prefillLeast
    let threadCount = workers.threadCount
    let total = projection.panelCount
    let wanted =
      isDecode ? max(threadCount * 4, projection.byteCount >> 15) : threadCount * 32
    let pieces = threadCount == 1 ? 1 : min(total, wanted)
    let foresight = isDecode && pieces > 1 ? foresight.after(projection, pieces: pieces) : nil
    let kernels = unsafe kernels
    workers.share(pieces, foresight: foresight) { items, _ in
      var first = total * items.lowerBound / pieces
      var last = total * items.upperBound / pieces
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

  /// From so many tokens on the processor's units bound a product, not its memory.
  private static let prefillLeast = 8

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
    _ operand: Projection.Operand,
    depth: Int,
    floats: ck_float_columns?,
    quantized: ck_q8_columns?,
    output: Tensor,
    accumulate: Bool
  ) {
    panelCount = operand.panelCount
    type = Int32(operand.type.rawValue)
    unsafe panels = operand.panels
    (self.depth, rows) = (Int64(depth), Int64(operand.rows))
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

  init(_ x: Tensor, for types: TypeSet, on backend: CPUBackend) {
    let roundsSome = backend.roundsToBFloat16 && types.contains(.bf16)
    let needsPlain = types.count > (roundsSome ? 1 : 0)
    plain = needsPlain ? FloatColumns(x, rounded: false, on: backend) : nil
    rounded = roundsSome ? FloatColumns(x, rounded: true, on: backend) : nil
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
