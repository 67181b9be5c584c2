// Owns: weight matrices that meet the same activations, prepared once as one operation.
// Does not own: the product (CPUBackend+Linear), the panels (PackedMatrix).

import ChaskiKernels

/// Matrices of one input, with their biases: x W1^T + b1, x W2^T + b2 and so on.
///
/// Immutable, and made once when a model loads, so that a step of decode finds everything ready.
///
/// Sendable: addresses point into the matrices' arena, which they keep alive and nobody writes.
@safe package final class Projection: @unchecked Sendable {
  /// The matrices. [rows, depth] each
  package let matrices: [PackedMatrix]
  /// b for each matrix, or nil for none. [rows]
  package let biases: [Vector?]
  /// The width of the activations.
  package let depth: Int

  let operands: [Operand]
  /// The types that meet int8 activations, and those that meet floats.
  let quantizedTypes: TypeSet
  let floatTypes: TypeSet
  /// Panels and bytes of all matrices together.
  let panelCount: Int
  let byteCount: Int

  /// What a product needs to know of a matrix: copying it counts no references.
  @safe struct Operand {
    let type: ElementType
    let panels: UnsafeRawPointer
    let panelCount: Int
    let panelByteCount: Int
    let rows: Int
    let bias: UnsafePointer<Float>?
  }

  /// Matrices of equal depth, at least one, with as many biases.
  package init(_ layers: [(weight: PackedMatrix, bias: Vector?)]) {
    depth = layers.first?.weight.depth ?? 0
    for (weight, bias) in layers {
      precondition(weight.depth == depth, "matrices of depth \(depth) and \(weight.depth)")
      precondition(bias.map { $0.count == weight.rows } ?? true, "a bias of another length")
    }
    matrices = layers.map(\.weight)
    biases = layers.map(\.bias)
    operands = layers.map { matrix, bias in
      unsafe Operand(
        type: matrix.type,
        panels: matrix.base,
        panelCount: matrix.panelCount,
        panelByteCount: matrix.panelByteCount,
        rows: matrix.rows,
        bias: bias?.base
      )
    }
    quantizedTypes = TypeSet(matrices.map(\.type).filter { !$0.isFloat })
    floatTypes = TypeSet(matrices.map(\.type).filter(\.isFloat))
    panelCount = matrices.reduce(0) { $0 + $1.panelCount }
    byteCount = matrices.reduce(0) { $0 + $1.byteCount }
  }

  /// One matrix.
  package convenience init(_ weight: PackedMatrix, bias: Vector? = nil) {
    self.init([(weight, bias)])
  }

  /// Where piece `index` (or, for `pieces`, the end) lies when panels are cut into `pieces` of whole pairs, since
  /// kernels multiply two panels at a time.
  static func firstPanel(ofPiece index: Int, of pieces: Int, panelCount: Int) -> Int {
    min(2 * ((panelCount + 1) / 2 * index / pieces), panelCount)
  }

  /// At most `byteCount` bytes of the matrix that panel `index` (of all, in order) belongs to, from there on.
  func range(fromPanel index: Int, byteCount: Int) -> MemoryRange {
    var panel = index
    for operand in operands {
      if panel < operand.panelCount {
        let left = (operand.panelCount - panel) * operand.panelByteCount
        return unsafe MemoryRange(
          operand.panels + panel * operand.panelByteCount,
          byteCount: min(byteCount, left)
        )
      }
      panel -= operand.panelCount
    }
    return MemoryRange()
  }
}

/// A set of element types (whose ids are below 64), in no memory of its own.
struct TypeSet {
  private var bits: UInt64 = 0

  init(_ types: [ElementType] = []) {
    for type in types { insert(type) }
  }

  var isEmpty: Bool { bits == 0 }
  var count: Int { bits.nonzeroBitCount }

  func contains(_ type: ElementType) -> Bool { bits & Self.bit(type) != 0 }

  /// Calls `body` with each type, in the order of their ids.
  func forEach(_ body: (ElementType) -> Void) {
    var left = bits
    while left != 0 {
      if let type = ElementType(rawValue: UInt32(left.trailingZeroBitCount)) { body(type) }
      left &= left - 1
    }
  }

  mutating func formUnion(_ other: TypeSet) { bits |= other.bits }

  mutating func insert(_ type: ElementType) { bits |= Self.bit(type) }

  private static func bit(_ type: ElementType) -> UInt64 { 1 << UInt64(type.rawValue) }
}
