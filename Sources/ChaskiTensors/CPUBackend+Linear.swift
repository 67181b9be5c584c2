// Owns: products of activations with packed weights, one operation for all matrices that share an input.

import ChaskiKernels

extension CPUBackend {
  /// x W^T (+ b) for one matrix. x: [T, D], result: [T, rows]
  package func linear(_ x: Tensor, _ weight: PackedMatrix, bias: Vector? = nil) -> Tensor {
    let result = tensor(rows: x.rows, columns: weight.rows)
    multiply(x, [(weight, bias, result)], accumulate: false)
    return result
  }

  /// Adds x W^T (+ b) to `sum`. x: [T, D], sum: [T, rows]
  package func linear(
    _ x: Tensor,
    _ weight: PackedMatrix,
    bias: Vector? = nil,
    addingTo sum: Tensor
  ) {
    multiply(x, [(weight, bias, sum)], accumulate: true)
  }

  /// x W^T (+ b) for several matrices of one input, in one pass. x: [T, D], results: [T, rows] each
  package func linear(_ x: Tensor, _ layers: [(weight: PackedMatrix, bias: Vector?)]) -> [Tensor] {
    let outputs = layers.map { tensor(rows: x.rows, columns: $0.weight.rows) }
    multiply(
      x,
      zip(layers, outputs).map { ($0.weight, $0.bias, $1) },
      accumulate: false
    )
    return outputs
  }

  private typealias Product = (weight: PackedMatrix, bias: Vector?, output: Tensor)

  private func multiply(_ x: Tensor, _ products: [Product], accumulate: Bool) {
    for product in products {
      precondition(
        product.weight.depth == x.columns,
        "a matrix of depth \(product.weight.depth) meets activations of width \(x.columns)"
      )
      precondition(
        product.output.rows == x.rows && product.output.columns == product.weight.rows,
        "the output's shape does not fit the matrix"
      )
    }
    guard x.rows > 0 else { return }
    let quantized =
      products.contains { !$0.weight.type.isFloat } ? QuantizedColumns(x, on: self) : nil
    let tasks = panelTasks(products)
    workers.run(tasks.count) { index in
      let task = tasks[index]
      let product = products[task.product]
      multiply(x, quantized, product, panels: task.panels, accumulate: accumulate)
    }
    for product in products {
      if let bias = product.bias { addBias(bias, to: product.output) }
    }
    withExtendedLifetime(quantized) {}
  }

  private func multiply(
    _ x: Tensor,
    _ quantized: QuantizedColumns?,
    _ product: Product,
    panels: Range<Int>,
    accumulate: Bool
  ) {
    let weight = product.weight
    if weight.type.isFloat {
      unsafe kernels.pointee.matmul_float(
        Int32(weight.type.rawValue),
        weight.base,
        Int64(weight.depth),
        Int64(weight.rows),
        Int64(panels.lowerBound),
        Int64(panels.upperBound),
        x.base,
        Int64(x.columns),
        Int64(x.rows),
        product.output.base,
        Int64(weight.rows),
        accumulate ? 1 : 0
      )
    } else if let quantized {
      var columns = unsafe quantized.columns
      unsafe kernels.pointee.matmul_q8(
        Int32(weight.type.rawValue),
        weight.base,
        Int64(weight.depth),
        Int64(weight.rows),
        Int64(panels.lowerBound),
        Int64(panels.upperBound),
        &columns,
        product.output.base,
        Int64(weight.rows),
        accumulate ? 1 : 0
      )
    }
  }

  private struct PanelTask {
    let product: Int
    let panels: Range<Int>
  }

  /// Pieces of 4 panels and more (the decode kernels take 4 at a time), about 8 a thread in all, so
  /// that a slow thread leaves its share to the others.
  private func panelTasks(_ products: [Product]) -> [PanelTask] {
    let total = products.reduce(0) { $0 + $1.weight.panelCount }
    let share = total / (workers.threadCount * 8)
    let size = workers.threadCount == 1 ? total : max(4, (share + 3) & ~3)
    var tasks: [PanelTask] = []
    tasks.reserveCapacity(total / size + products.count)
    for (index, product) in products.enumerated() {
      var first = 0
      while first < product.weight.panelCount {
        let last = min(first + size, product.weight.panelCount)
        tasks.append(PanelTask(product: index, panels: first..<last))
        first = last
      }
    }
    return tasks
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

extension ElementType {
  /// Whether weights of this type meet float32 activations, not int8 ones.
  var isFloat: Bool { self == .f32 || self == .f16 || self == .bf16 }
}
