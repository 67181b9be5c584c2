// Owns: computing one row of a linear input. Does not own: which rows, and where to (QuantizedColumns).

import ChaskiKernels

/// A linear input in terms of addresses, for loops that many threads run: copying it counts no references.
@safe struct LinearRows {
  private enum Operation {
    case none, rmsNorm, layerNorm, siluMultiply, geluMultiply, gelu, relu
  }

  private let operation: Operation
  private let x: UnsafePointer<Float>
  private let stride: Int
  private let columns: Int
  /// A gain, or the other factor's rows.
  private let second: UnsafePointer<Float>?
  private let bias: UnsafePointer<Float>?
  private let epsilon: Float
  private let kernels: UnsafePointer<ck_table>

  /// The rows of `input`, which the caller keeps alive.
  init(_ input: LinearInput, kernels: UnsafePointer<ck_table>) {
    columns = input.columns
    unsafe self.kernels = kernels
    var bias: UnsafePointer<Float>?
    var epsilon: Float = 0
    switch input {
    case .tensor(let x):
      unsafe (operation, self.x, stride, second) = (.none, x.rowBase, x.columns, nil)
    case .slice(let x, let columns):
      unsafe (operation, self.x, stride, second) = (
        .none, x.rowBase + columns.lowerBound, x.columns, nil
      )
    case .rmsNorm(let x, let weight, let small):
      unsafe (operation, self.x, stride, second) = (.rmsNorm, x.rowBase, x.columns, weight.base)
      epsilon = small
    case .layerNorm(let x, let weight, let start, let small):
      unsafe (operation, self.x, stride, second) = (.layerNorm, x.rowBase, x.columns, weight.base)
      unsafe bias = start?.base
      epsilon = small
    case .siluMultiply(let x, let up):
      unsafe (operation, self.x, stride, second) = (
        .siluMultiply, x.rowBase, x.columns, up.rowBase
      )
    case .geluMultiply(let x, let up):
      unsafe (operation, self.x, stride, second) = (
        .geluMultiply, x.rowBase, x.columns, up.rowBase
      )
    case .gelu(let x):
      unsafe (operation, self.x, stride, second) = (.gelu, x.rowBase, x.columns, nil)
    case .relu(let x):
      unsafe (operation, self.x, stride, second) = (.relu, x.rowBase, x.columns, nil)
    }
    unsafe self.bias = bias
    self.epsilon = epsilon
  }

  /// One row: where it lies, or, after its operation, in `scratch`. [D]
  func row(_ index: Int, scratch: UnsafeMutablePointer<Float>) -> UnsafePointer<Float> {
    if operation == .none { return unsafe x + index * stride }
    unsafe write(index, to: scratch)
    return unsafe UnsafePointer(scratch)
  }

  /// Computes one row. [D]
  func write(_ index: Int, to result: UnsafeMutablePointer<Float>) {
    let row = unsafe x + index * stride
    let count = Int64(columns)
    switch operation {
    case .none:
      unsafe result.update(from: row, count: columns)
    case .rmsNorm:
      unsafe kernels.pointee.rms_norm(row, second, epsilon, count, result)
    case .layerNorm:
      unsafe kernels.pointee.layer_norm(row, second, bias, epsilon, count, result)
    case .siluMultiply:
      unsafe kernels.pointee.silu_multiply(
        row,
        second.map { unsafe $0 + index * stride },
        count,
        result
      )
    case .geluMultiply:
      unsafe kernels.pointee.gelu_multiply(
        row,
        second.map { unsafe $0 + index * stride },
        count,
        result
      )
    case .gelu:
      unsafe kernels.pointee.gelu(row, count, result)
    case .relu:
      unsafe kernels.pointee.relu(row, count, result)
    }
  }

  /// Whether both stand for the same rows of the same memory.
  func equals(_ other: LinearRows) -> Bool {
    unsafe operation == other.operation && x == other.x && stride == other.stride
      && columns == other.columns && second == other.second && bias == other.bias
      && epsilon == other.epsilon
  }
}

extension Tensor {
  /// The first row's address, to read from.
  fileprivate var rowBase: UnsafePointer<Float> { unsafe UnsafePointer(base) }
}
