// Owns: products of activations with packed weights: one operation for all matrices that share an input, or for
// many pairs of an input and a matrix.
// Does not own: how inputs are laid out (PreparedInput), one product's addresses (PanelProduct).

import ChaskiKernels

extension CPUBackend {
  /// An input and the matrices that it meets.
  package typealias LinearPart = (input: LinearInput, projection: Projection)

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

  /// x W^T + b for each matrix of each part, in one loop over all: experts of a mixture, heads of latent attention.
  ///
  /// Parts differ in inputs, numbers of rows and depths as they like. Neighbouring parts of the same input share
  /// its preparation. x: [T, D], results: [T, rows] for each matrix of each part
  package func linear(_ parts: [LinearPart]) -> [[Tensor]] {
    let results = parts.map { part in
      part.projection.matrices.map { tensor(rows: part.input.rows, columns: $0.rows) }
    }
    multiply(parts) { part, matrix in ProductOutput(results[part][matrix]) }
    return results
  }

  /// x W^T + b of each part's only matrix, into the columns of `output` from `offsets` on, in one loop over all.
  ///
  /// x: [T, D] with as many rows as `output` in every part; no two parts may write the same columns.
  package func linear(_ parts: [LinearPart], into output: Tensor, at offsets: [Int]) {
    precondition(parts.count == offsets.count, "\(offsets.count) places for \(parts.count) parts")
    for (part, offset) in zip(parts, offsets) {
      precondition(part.projection.matrices.count == 1, "several matrices in one place")
      precondition(
        part.input.rows == output.rows && offset >= 0
          && offset + part.projection.matrices[0].rows <= output.columns,
        "the output's shape does not fit the matrix"
      )
    }
    multiply(parts) { part, _ in ProductOutput(output, from: offsets[part]) }
  }

  private func multiply(
    _ input: LinearInput,
    _ projection: Projection,
    into outputs: some RandomAccessCollection<Tensor>,
    accumulate: Bool
  ) {
    for (output, operand) in zip(outputs, projection.operands) {
      precondition(
        output.rows == input.rows && output.columns == operand.rows,
        "the output's shape does not fit the matrix"
      )
    }
    guard input.rows > 0 else { return }
    observe(input, projection)
    let prepared = PreparedInput(input, for: projection, on: self)
    let count = projection.operands.count
    unsafe withUnsafeTemporaryAllocation(of: PanelProduct.self, capacity: count) { calls in
      var place = 0
      for (index, output) in outputs.enumerated() {
        let product = PanelProduct(
          projection.operands[index],
          place: place,
          prepared,
          columns: input.rows,
          output: ProductOutput(output),
          accumulate: accumulate,
          on: self
        )
        place = product.place.upperBound
        unsafe calls.initializeElement(at: index, to: product)
      }
      unsafe multiply(calls, byteCount: projection.byteCount, columns: input.rows) { pieces in
        foresight.after(projection, pieces: pieces)
      }
    }
    withExtendedLifetime((input, prepared, projection)) {}
  }

  private func multiply(
    _ parts: [LinearPart],
    into output: (_ part: Int, _ matrix: Int) -> ProductOutput
  ) {
    for part in parts where part.input.rows > 0 { observe(part.input, part.projection) }
    let inputs = PreparedInputs(parts, on: self)
    let capacity = parts.reduce(0) { $0 + $1.projection.operands.count }
    let byteCount = parts.reduce(0) { $0 + $1.projection.byteCount }
    unsafe withUnsafeTemporaryAllocation(of: PanelProduct.self, capacity: capacity) { calls in
      var (count, place, mostRows) = (0, 0, 0)
      for (index, part) in parts.enumerated() where part.input.rows > 0 {
        mostRows = max(mostRows, part.input.rows)
        for (matrix, operand) in part.projection.operands.enumerated() {
          let product = PanelProduct(
            operand,
            place: place,
            inputs.input(ofPart: index),
            columns: part.input.rows,
            output: output(index, matrix),
            accumulate: false,
            on: self
          )
          place = product.place.upperBound
          unsafe calls.initializeElement(at: count, to: product)
          count += 1
        }
      }
      guard count > 0 else { return }
      unsafe multiply(.init(rebasing: calls[..<count]), byteCount: byteCount, columns: mostRows) {
        _ in foresight.afterVarying()
      }
    }
    withExtendedLifetime((parts, inputs)) {}
  }

  /// All panels of all products, one after the other, cut into pieces of equal size.
  ///
  /// A thread takes many neighbouring pieces at a time, since that is how memory and caches like it; the size of
  /// a piece is what threads may be apart at the end.
  private func multiply(
    _ calls: UnsafeMutableBufferPointer<PanelProduct>,
    byteCount: Int,
    columns: Int,
    foresight: (_ pieces: Int) -> Foresight?
  ) {
    let isDecode = columns < Self.prefillLeast
    let threadCount = workers.threadCount
    let total = unsafe calls[calls.count - 1].place.upperBound
    let wanted = isDecode ? max(threadCount * 4, byteCount >> 15) : threadCount * 32
    let pieces = threadCount == 1 ? 1 : min((total + 1) / 2, wanted)
    let next = isDecode && pieces > 1 ? foresight(pieces) : nil
    let kernels = unsafe kernels
    workers.share(pieces, foresight: next) { items, _ in
      let first = Projection.firstPanel(ofPiece: items.lowerBound, of: pieces, panelCount: total)
      let last = Projection.firstPanel(ofPiece: items.upperBound, of: pieces, panelCount: total)
      var index = unsafe PanelProduct.firstIndex(in: calls, beyond: first)
      while index < calls.count, unsafe calls[index].place.lowerBound < last {
        unsafe calls[index].run(first..<last, kernels)
        index += 1
      }
    }
  }

  /// From so many tokens on the processor's units bound a product, not its memory.
  private static let prefillLeast = 8
}
