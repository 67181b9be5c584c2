// Owns: types for all tensors of a model so that it has a given size, by the errors that each type leaves.
// Does not own: mixes by name (TypePlanner), the errors themselves (CPUBackend+Conversion).

package import ChaskiCheckpoints
package import ChaskiTensors

/// Chooses types by measured error: the least sum of relative errors that a size allows.
///
/// For every tensor and every type its rows can have, a sample of rows is quantised; what counts is the squared
/// error of its outputs relative to their size (with an importance matrix; without, that of its weights). From
/// the smallest types on, the step that lowers the sum most for a byte is taken, as long as bytes are left: along
/// each tensor's lower convex hull that is the optimum of the Lagrangian, up to the last step.
package struct SizePlanner: Sendable {
  /// A type that a tensor can have.
  package struct Candidate: Sendable, Equatable {
    package let type: ElementType
    package let byteCount: Int
    /// The squared error relative to the weights' squares, times the tensor's weight in the sum.
    package let cost: Double

    package init(type: ElementType, byteCount: Int, cost: Double) {
      self.type = type
      self.byteCount = byteCount
      self.cost = cost
    }
  }

  /// How many bits a weight may take, over all tensors of the model.
  package var bitsPerWeight: Double
  /// How much columns matter, if that is known.
  package var importance: ImportanceMatrix?
  /// Exceptions; the first whose text a name contains holds.
  package var exceptions: [TypeException] = []

  /// About so many weights of a tensor are tried.
  private static let sampleCount = 1 << 18

  package init(bitsPerWeight: Double) {
    self.bitsPerWeight = bitsPerWeight
  }

  /// What becomes of each tensor of `source`; `progress` is told which tensor is being tried.
  ///
  /// - Throws: `QuantizationError.tooFewBits`, `TensorError`, or `CancellationError`.
  package func plan(
    _ source: any Checkpoint,
    _ tensors: [TensorDescription],
    on backend: CPUBackend,
    progress: (_ index: Int, _ count: Int) -> Void = { _, _ in }
  ) throws -> [TensorPlan] {
    var candidates: [[Candidate]] = []
    for (index, tensor) in tensors.enumerated() {
      progress(index, tensors.count)
      try Task.checkCancellation()
      candidates.append(try self.candidates(tensor, of: source, index: index, on: backend))
    }
    let elements = tensors.reduce(0) { $0 + $1.elementCount }
    let types = try Self.choose(candidates, elementCount: elements, bitsPerWeight: bitsPerWeight)
    return zip(tensors, types).map { TensorPlan(tensor: $0, type: $1) }
  }

  // MARK: Trying

  /// The types that a tensor may have, with what they cost.
  private func candidates(
    _ tensor: TensorDescription,
    of source: any Checkpoint,
    index: Int,
    on backend: CPUBackend
  ) throws -> [Candidate] {
    func only(_ type: ElementType) -> [Candidate] {
      [Candidate(type: type, byteCount: tensor.byteCount(as: type), cost: 0)]
    }
    guard QuantizableTensors.contains(name: tensor.name, dimensions: tensor.dimensions) else {
      return only(tensor.type)
    }
    if let exception = exceptions.first(where: { tensor.name.contains($0.part) }) {
      return only(exception.type.fallback(columns: tensor.columns))
    }
    let types = Self.types(for: tensor)
    guard tensor.type.computes, !types.isEmpty else { return only(tensor.type) }
    let weight = Self.weight(of: TensorRole(name: tensor.name))
    return try types.map { type in
      let error = try self.error(of: tensor, as: type, in: source, index: index, on: backend)
      return Candidate(
        type: type,
        byteCount: tensor.byteCount(as: type),
        cost: error.relative * weight
      )
    }
  }

  /// Every type that computes, divides the rows and is smaller than what there is, and what there is.
  private static func types(for tensor: TensorDescription) -> [ElementType] {
    ElementType.allCases.filter { type in
      type == tensor.type
        || (type.computes && type != .f32 && tensor.columns.isMultiple(of: type.blockElementCount)
          && type.bitsPerElement < tensor.type.bitsPerElement)
    }
  }

  /// How much a relative error of this role's outputs counts.
  private static func weight(of role: TensorRole) -> Double {
    role == .output ? 2 : 1
  }

  /// The error of `type` over rows from all parts of the tensor.
  private func error(
    of tensor: TensorDescription,
    as type: ElementType,
    in source: any Checkpoint,
    index: Int,
    on backend: CPUBackend
  ) throws -> ConversionError {
    var conversion = RowConversion(
      name: tensor.name,
      source: tensor.type,
      target: type,
      columns: tensor.columns
    )
    conversion.isMeasured = true
    var bytes: [UInt8] = []
    let wanted = max(1, min(tensor.rows, Self.sampleCount / tensor.columns))
    let runs = min(wanted, 16)
    var error = ConversionError()
    for run in 0..<runs {
      let first = tensor.rows * run / runs
      let matrix = first / tensor.rowsPerMatrix
      let end = min(first + wanted / runs, (matrix + 1) * tensor.rowsPerMatrix)
      conversion.importance = try importance?.importance(of: tensor, matrix: matrix)
      bytes.removeAll(keepingCapacity: true)
      source.append(first..<end, of: source.tensors[index], to: &bytes)
      error += try backend.convert(bytes, conversion, firstRow: first).error
    }
    return error
  }

  // MARK: Choosing

  /// A type for each tensor, so that all together take at most `bitsPerWeight` bits a weight.
  package static func choose(
    _ candidates: [[Candidate]],
    elementCount: Int,
    bitsPerWeight: Double
  ) throws(QuantizationError) -> [ElementType] {
    let hulls = candidates.map(hull)
    let budget = bitsPerWeight * Double(elementCount) / 8
    var total = hulls.reduce(0) { $0 + $1[0].byteCount }
    guard Double(total) <= budget else {
      throw .tooFewBits(
        asked: bitsPerWeight,
        least: (Double(total) * 8 / Double(elementCount) * 100).rounded(.up) / 100
      )
    }
    var places = Array(repeating: 0, count: hulls.count)
    // Along a hull the gain of a byte only falls, so the steps of one tensor come in their order.
    let steps = hulls.enumerated().flatMap { tensor, hull in
      zip(hull, hull.dropFirst()).map { from, to in
        let byteCount = to.byteCount - from.byteCount
        return (
          tensor: tensor, byteCount: byteCount,
          gain: (from.cost - to.cost) / Double(byteCount)
        )
      }
    }
    var stopped: Set<Int> = []
    for step in steps.sorted(by: { ($1.gain, $0.tensor) < ($0.gain, $1.tensor) }) {
      // A step that no longer fits ends its tensor's climb; smaller ones of others may still fit.
      guard !stopped.contains(step.tensor), Double(total + step.byteCount) <= budget else {
        stopped.insert(step.tensor)
        continue
      }
      total += step.byteCount
      places[step.tensor] += 1
    }
    return zip(hulls, places).map { $0[$1].type }
  }

  /// The candidates on the lower convex hull of cost over bytes, smallest first.
  static func hull(_ candidates: [Candidate]) -> [Candidate] {
    var hull: [Candidate] = []
    for candidate in candidates.sorted(by: { ($0.byteCount, $0.cost) < ($1.byteCount, $1.cost) }) {
      if let last = hull.last, candidate.cost >= last.cost { continue }
      while hull.count >= 2 {
        let a = hull[hull.count - 2]
        let b = hull[hull.count - 1]
        // Whether b lies on or above the line from a to the candidate.
        let cross =
          (b.cost - a.cost) * Double(candidate.byteCount - a.byteCount)
          - (candidate.cost - a.cost) * Double(b.byteCount - a.byteCount)
        guard cross >= 0 else { break }
        hull.removeLast()
      }
      hull.append(candidate)
    }
    return hull
  }
}
