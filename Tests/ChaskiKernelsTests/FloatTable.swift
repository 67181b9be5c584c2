// Owns: the float kernels of one instruction set as functions on arrays, for the tests beside it:
// all unsafe calls of these tests stand here and in CachePages.swift, FloatProduct.swift. Does not own:
// expectations.

import ChaskiKernels

/// A kernel that reads one array and writes one.
enum UnaryFunction: Sendable {
  case gelu
  case relu
  case softCap(Float)
  case scale(Float)
}

/// One instruction set's table.
enum FloatTable: Int32, CaseIterable, Sendable {
  case plain = 0
  case avx2 = 1
  case avx512 = 2
  case neon = 3
  case avx512bf16 = 4

  /// The tables this machine runs besides the plain one.
  static let fast = allCases.filter { table in
    unsafe table != .plain && ck_table_for(ck_isa(rawValue: table.rawValue)) != nil
  }

  /// All tables this machine runs.
  static let present = [.plain] + fast

  /// What stands where a kernel must not write.
  static let untouched: Float = -12345.5

  /// Calls `body` with the C table.
  func withTable<Result>(_ body: (ck_table) -> Result) -> Result {
    guard let table = unsafe ck_table_for(ck_isa(rawValue: rawValue)) else {
      preconditionFailure("the table \(self) is not present")
    }
    return unsafe body(table.pointee)
  }

  /// exp of `count` elements of `x` from `start` on, between untouched elements.
  func exp(_ x: [Float], start: Int = 0, count: Int) -> [Float] {
    unsafe produce(start, count) { table, out in
      unsafe x.withUnsafeBufferPointer { x in
        unsafe table.exp(x.baseAddress.map { unsafe $0 + start }, Int64(count), out)
      }
    }
  }

  /// gate / (1 + exp(-gate)) * up.
  func siluMultiply(_ gate: [Float], _ up: [Float], start: Int = 0, count: Int) -> [Float] {
    unsafe produce(start, count) { table, out in
      unsafe gate.withUnsafeBufferPointer { gate in
        unsafe up.withUnsafeBufferPointer { up in
          let gate = unsafe gate.baseAddress.map { unsafe $0 + start }
          let up = unsafe up.baseAddress.map { unsafe $0 + start }
          unsafe table.silu_multiply(gate, up, Int64(count), out)
        }
      }
    }
  }

  /// a + b.
  func add(_ a: [Float], _ b: [Float], start: Int = 0, count: Int) -> [Float] {
    unsafe produce(start, count) { table, out in
      unsafe a.withUnsafeBufferPointer { a in
        unsafe b.withUnsafeBufferPointer { b in
          let a = unsafe a.baseAddress.map { unsafe $0 + start }
          let b = unsafe b.baseAddress.map { unsafe $0 + start }
          unsafe table.add(a, b, Int64(count), out)
        }
      }
    }
  }

  /// x / sqrt(mean(x^2) + epsilon) * weight.
  func rmsNorm(
    _ x: [Float],
    _ weight: [Float]?,
    epsilon: Float,
    start: Int = 0,
    count: Int
  ) -> [Float] {
    unsafe produce(start, count) { table, out in
      unsafe x.withUnsafeBufferPointer { x in
        unsafe (weight ?? []).withUnsafeBufferPointer { gains in
          let x = unsafe x.baseAddress.map { unsafe $0 + start }
          let gain = unsafe weight == nil ? nil : gains.baseAddress.map { unsafe $0 + start }
          unsafe table.rms_norm(x, gain, epsilon, Int64(count), out)
        }
      }
    }
  }

  /// A function of `count` elements of `x` from `start` on.
  func map(_ function: UnaryFunction, _ x: [Float], start: Int = 0, count: Int) -> [Float] {
    unsafe produce(start, count) { table, out in
      unsafe x.withUnsafeBufferPointer { x in
        let x = unsafe x.baseAddress.map { unsafe $0 + start }
        switch function {
        case .gelu: unsafe table.gelu(x, Int64(count), out)
        case .relu: unsafe table.relu(x, Int64(count), out)
        case .softCap(let cap): unsafe table.soft_cap(x, cap, Int64(count), out)
        case .scale(let factor): unsafe table.scale(x, factor, Int64(count), out)
        }
      }
    }
  }

  /// gelu(gate) * up.
  func geluMultiply(_ gate: [Float], _ up: [Float], start: Int = 0, count: Int) -> [Float] {
    unsafe produce(start, count) { table, out in
      unsafe gate.withUnsafeBufferPointer { gate in
        unsafe up.withUnsafeBufferPointer { up in
          let gate = unsafe gate.baseAddress.map { unsafe $0 + start }
          let up = unsafe up.baseAddress.map { unsafe $0 + start }
          unsafe table.gelu_multiply(gate, up, Int64(count), out)
        }
      }
    }
  }

  /// `sum` after `count` elements of `x`, times `factor`, were added from `start` on.
  func addScaled(_ x: [Float], _ factor: Float, to sum: [Float], start: Int, count: Int) -> [Float]
  {
    var sum = sum
    unsafe sum.withUnsafeMutableBufferPointer { sum in
      unsafe x.withUnsafeBufferPointer { x in
        let x = unsafe x.baseAddress.map { unsafe $0 + start }
        let place = unsafe sum.baseAddress.map { unsafe $0 + start }
        unsafe withTable { unsafe $0.add_scaled(x, factor, Int64(count), place) }
      }
    }
    return sum
  }

  /// (x - mean) / sqrt(variance + epsilon) * weight + bias.
  func layerNorm(
    _ x: [Float],
    _ weight: [Float],
    _ bias: [Float]?,
    epsilon: Float,
    start: Int = 0,
    count: Int
  ) -> [Float] {
    unsafe produce(start, count) { table, out in
      unsafe x.withUnsafeBufferPointer { x in
        unsafe weight.withUnsafeBufferPointer { weight in
          unsafe (bias ?? []).withUnsafeBufferPointer { biases in
            let x = unsafe x.baseAddress.map { unsafe $0 + start }
            let weight = unsafe weight.baseAddress.map { unsafe $0 + start }
            let place = unsafe bias == nil ? nil : biases.baseAddress.map { unsafe $0 + start }
            unsafe table.layer_norm(x, weight, place, epsilon, Int64(count), out)
          }
        }
      }
    }
  }

  /// The whole of `x` after its vectors from `start` on were rotated.
  func rope(
    _ x: [Float],
    start: Int,
    heads: Int,
    stride: Int,
    rotated: Int,
    cosSin: [Float],
    halfSplit: Bool
  ) -> [Float] {
    var x = x
    unsafe x.withUnsafeMutableBufferPointer { x in
      unsafe cosSin.withUnsafeBufferPointer { cosSin in
        unsafe withTable { table in
          unsafe table.rope(
            x.baseAddress.map { unsafe $0 + start },
            Int64(heads),
            Int64(stride),
            Int64(rotated),
            cosSin.baseAddress,
            halfSplit ? 1 : 0
          )
        }
      }
    }
    return x
  }

  /// An output of `count` elements between untouched ones: `start` before it and 40 after it.
  private func produce(
    _ start: Int,
    _ count: Int,
    _ body: (ck_table, UnsafeMutablePointer<Float>?) -> Void
  ) -> [Float] {
    var out = [Float](repeating: Self.untouched, count: start + count + 40)
    unsafe out.withUnsafeMutableBufferPointer { out in
      let place = unsafe out.baseAddress.map { unsafe $0 + start }
      unsafe withTable { unsafe body($0, place) }
    }
    return out
  }
}
