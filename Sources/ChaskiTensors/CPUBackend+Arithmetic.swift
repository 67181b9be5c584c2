// Owns: the operations that change elements where they are.
// Does not own: moving rows and columns (CPUBackend+Elements).

import ChaskiKernels

extension CPUBackend {
  /// Adds `x` to `sum`. [T, D] each
  package func add(_ x: Tensor, to sum: Tensor) {
    precondition(
      x.rows == sum.rows && x.columns == sum.columns,
      "[\(x.rows), \(x.columns)] added to [\(sum.rows), \(sum.columns)]"
    )
    forElements(of: x) { first, count in
      unsafe kernels.pointee.add(sum.base + first, x.base + first, Int64(count), sum.base + first)
    }
  }

  /// Adds what `input` stands for to `sum`, row by row. [T, D] each
  package func add(_ input: LinearInput, to sum: Tensor) {
    input.checkShape()
    precondition(
      input.rows == sum.rows && input.columns == sum.columns,
      "[\(input.rows), \(input.columns)] added to [\(sum.rows), \(sum.columns)]"
    )
    let source = unsafe LinearRows(input, kernels: kernels)
    let columns = sum.columns
    forRows(sum.rows, width: columns * 2) { rows in
      unsafe withUnsafeTemporaryAllocation(of: Float.self, capacity: columns) { scratch in
        guard let scratch = scratch.baseAddress else { return }
        for row in rows {
          let place = unsafe sum.pointer(row: row)
          let computed = unsafe source.row(row, scratch: scratch)
          unsafe kernels.pointee.add(place, computed, Int64(columns), place)
        }
      }
    }
    withExtendedLifetime(input) {}
  }

  /// Multiplies every element of `x` by `factor`, in place.
  package func scale(_ x: Tensor, by factor: Float) {
    forElements(of: x) { first, count in
      unsafe kernels.pointee.scale(x.base + first, factor, Int64(count), x.base + first)
    }
  }

  /// Multiplies every row of `x` by its own factor, in place. x: [T, D], factors: [T]
  package func scaleRows(_ x: Tensor, by factors: [Float]) {
    precondition(factors.count == x.rows, "\(factors.count) factors for \(x.rows) rows")
    forRows(x.rows, width: x.columns) { rows in
      for row in rows {
        let row = unsafe (elements: x.pointer(row: row), factor: factors[row])
        unsafe kernels.pointee.scale(row.elements, row.factor, Int64(x.columns), row.elements)
      }
    }
  }

  /// cap * tanh(x / cap) of every element, in place: magnitudes stay below `cap`.
  ///
  /// Source: Gemma Team 2024, section 2, https://arxiv.org/abs/2408.00118.
  package func softCap(_ x: Tensor, at cap: Float) {
    precondition(cap > 0, "a cap of \(cap)")
    forElements(of: x) { first, count in
      unsafe kernels.pointee.soft_cap(x.base + first, cap, Int64(count), x.base + first)
    }
  }

  /// Scales every head of every row to root mean square 1, then multiplies by `weight` (nil: 1), in place.
  ///
  /// x: [T, H * headWidth], weight: [headWidth].
  package func rmsNormHeads(_ x: Tensor, headWidth: Int, weight: Vector?, epsilon: Float) {
    precondition(
      x.columns % headWidth == 0 && (weight?.count ?? headWidth) == headWidth,
      "a norm of heads of \(headWidth) over \(x.columns) columns"
    )
    let weight = unsafe weight?.base
    forRows(x.rows, width: x.columns * 2) { rows in
      for row in rows {
        let heads = unsafe x.pointer(row: row)
        for first in stride(from: 0, to: x.columns, by: headWidth) {
          let head = unsafe heads + first
          unsafe kernels.pointee.rms_norm(head, weight, epsilon, Int64(headWidth), head)
        }
      }
    }
  }

  /// Rotates elements offset ..< offset + E' of every head of every row, in place. x: [T, H * E]
  ///
  /// `angles` holds cos and sin for each pair of each row, [T, E']. Pairs are (2i, 2i + 1), or, if
  /// `halfSplit`, (i, i + E' / 2), counted from `offset`.
  ///
  /// Source: Su et al. 2021, https://arxiv.org/abs/2104.09864.
  package func rotate(
    _ x: Tensor,
    headWidth: Int,
    from offset: Int = 0,
    angles: Tensor,
    halfSplit: Bool
  ) {
    precondition(angles.rows == x.rows && x.columns % headWidth == 0, "angles for other rows")
    precondition(
      offset >= 0 && offset + angles.columns <= headWidth,
      "\(angles.columns) angles from element \(offset) of heads of \(headWidth)"
    )
    forRows(x.rows, width: x.columns) { rows in
      for row in rows {
        unsafe kernels.pointee.rope(
          x.pointer(row: row) + offset,
          Int64(x.columns / headWidth),
          Int64(headWidth),
          Int64(angles.columns),
          angles.pointer(row: row),
          halfSplit ? 1 : 0
        )
      }
    }
  }

  /// Calls `body` with slices of `x`'s elements, shared among the threads when there is enough to do.
  private func forElements(of x: Tensor, _ body: (_ first: Int, _ count: Int) -> Void) {
    let total = x.rows * x.columns
    let block = 1024
    forRows((total + block - 1) / block, width: block) { blocks in
      let first = blocks.lowerBound * block
      body(first, min(total, blocks.upperBound * block) - first)
    }
  }
}
