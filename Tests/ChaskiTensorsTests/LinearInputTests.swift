import ChaskiTensors
import Foundation
import Testing

/// What linear layers read, against double precision, and what they make of it.
struct LinearInputTests {
  private let backend: CPUBackend

  init() throws {
    backend = try CPUBackend(threadCount: 2)
  }

  private static let width = 96

  private func rows(_ count: Int, seed: UInt64) -> Tensor {
    backend.tensor(
      rows: count,
      columns: Self.width,
      testNumbers(count * Self.width, seed: seed).map { $0 * 3 }
    )
  }

  private func inputs(rows count: Int) throws -> [LinearInput] {
    let (x, y) = (rows(count, seed: 1), rows(count, seed: 2))
    let weight = try Vector(testNumbers(Self.width, seed: 3))
    let bias = try Vector(testNumbers(Self.width, seed: 4))
    return [
      .tensor(x), .rmsNorm(x, weight: weight, epsilon: 1e-5),
      .layerNorm(x, weight: weight, bias: bias, epsilon: 1e-5),
      .layerNorm(x, weight: weight, bias: nil, epsilon: 1e-5), .siluMultiply(gate: x, up: y),
      .geluMultiply(gate: x, up: y), .gelu(x), .relu(x),
      .slice(
        backend.tensor(rows: count, columns: 160, testNumbers(count * 160, seed: 5)),
        columns: 33..<33 + Self.width
      ),
    ]
  }

  /// Row `index` of an input in double precision.
  private func exact(_ input: LinearInput, row index: Int) -> [Double] {
    func doubles(_ x: Tensor) -> [Double] { x.row(index).map(Double.init) }
    func gelu(_ x: Double) -> Double {
      0.5 * x * (1 + tanh((2 / Double.pi).squareRoot() * (x + 0.044715 * x * x * x)))
    }
    func silu(_ x: Double) -> Double { x / (1 + exp(-x)) }
    let count = Double(Self.width)
    switch input {
    case .tensor(let x): return doubles(x)
    case .slice(let x, let columns): return Array(doubles(x)[columns])
    case .relu(let x): return doubles(x).map { max($0, 0) }
    case .gelu(let x): return doubles(x).map(gelu)
    case .siluMultiply(let gate, let up):
      return zip(doubles(gate), doubles(up)).map { silu($0) * $1 }
    case .geluMultiply(let gate, let up):
      return zip(doubles(gate), doubles(up)).map { gelu($0) * $1 }
    case .rmsNorm(let x, let weight, let epsilon):
      let mean = doubles(x).reduce(0) { $0 + $1 * $1 } / count
      let inverse = 1 / (mean + Double(epsilon)).squareRoot()
      return zip(doubles(x), weight.values).map { $0 * inverse * Double($1) }
    case .layerNorm(let x, let weight, let bias, let epsilon):
      let mean = doubles(x).reduce(0, +) / count
      let variance = doubles(x).reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / count
      let inverse = 1 / (variance + Double(epsilon)).squareRoot()
      let starts = bias?.values ?? Array(repeating: 0, count: Self.width)
      return zip(zip(doubles(x), weight.values), starts).map {
        ($0.0 - mean) * inverse * Double($0.1) + Double($1)
      }
    }
  }

  @Test(arguments: [1, 3, 60])
  func `every input is what its formula says`(rows: Int) throws {
    for input in try inputs(rows: rows) {
      let found = backend.floats(of: input)
      #expect(found.rows == rows && found.columns == Self.width)
      for row in 0..<rows {
        for (found, exact) in zip(found.row(row), exact(input, row: row)) {
          // Numbers below 12, each with some twenty roundings at most.
          #expect(abs(Double(found) - exact) <= 2e-5, "\(input)")
        }
      }
    }
  }

  @Test(arguments: [ElementType.f32, .bf16, .q8_0], [1, 5, 60])
  func `a product reads every input as it would read it computed`(
    type: ElementType,
    rows: Int
  ) throws {
    let weight = try PackedMatrix.sample(
      type,
      depth: Self.width,
      byteCount: 48 * Self.width / type.blockElementCount * type.blockByteCount,
      with: backend.workers
    )
    for input in try inputs(rows: rows) {
      let found = backend.linear(input, weight.matrix).elements()
      let expected = backend.linear(.tensor(backend.floats(of: input)), weight.matrix).elements()
      #expect(found == expected, "\(input)")
    }
  }
}
