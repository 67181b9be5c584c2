// Owns: computing rows by a recipe whose tensors were found and whose shapes fit.
// Does not own: finding and checking them (RecipeResolver).

import ChaskiFiles
import ChaskiTensors

/// A tensor that can be read row by row.
///
/// Its matrices lie one after another; a vector is a matrix of one column, whose rows are its elements.
struct RecipePlan: Sendable {
  /// What the rows are computed from.
  indirect enum Source: Sendable {
    case stored(StoredMatrices)
    case decoded(DecodedMatrices)
    case rows(Int, RecipePlan)  // the first
    case permuted(headWidth: Int, RecipePlan)
    case unpermuted(headWidth: Int, RecipePlan)
    case reshaped(RecipePlan)  // the same rows in the same order
    case transposed(RecipePlan)
    case stacked([RecipePlan])
    case part(Int, RecipePlan)  // the first matrix
    case joined([RecipePlan])
    case plus(Float, RecipePlan)
    case values([Float])
    case zeros
  }

  /// How many matrices along each axis before the last two, slowest first.
  let outer: [Int]
  /// Rows of a matrix.
  let rows: Int
  /// Columns of a matrix; 1 of a vector.
  let columns: Int
  /// Whether the matrices are vectors.
  let isVector: Bool
  /// The type of the elements.
  let type: ElementType
  let source: Source

  /// How many matrices.
  var matrixCount: Int { outer.reduce(1, *) }

  /// GGUF's dimensions, fastest first.
  var dimensions: [Int] {
    (isVector ? [rows] : [columns, rows]) + outer.reversed()
  }

  /// Appends a rectangle of one matrix, row after row.
  func append(
    _ rows: Range<Int>,
    _ columns: Range<Int>,
    ofMatrix matrix: Int,
    to bytes: inout [UInt8]
  ) {
    switch source {
    case .stored(let stored):
      stored.append(rows, columns, ofMatrix: matrix, as: type, to: &bytes)
    case .decoded(let decoded):
      decoded.append(rows, columns, ofMatrix: matrix, to: &bytes)
    case .rows(let first, let plan):
      let part = rows.lowerBound + first..<rows.upperBound + first
      plan.append(part, columns, ofMatrix: matrix, to: &bytes)
    case .permuted(let headWidth, let plan):
      for row in rows {
        let from = Self.permuted(row, headWidth: headWidth)
        plan.append(from..<from + 1, columns, ofMatrix: matrix, to: &bytes)
      }
    case .unpermuted(let headWidth, let plan):
      for row in rows {
        let from = Self.unpermuted(row, headWidth: headWidth)
        plan.append(from..<from + 1, columns, ofMatrix: matrix, to: &bytes)
      }
    case .reshaped(let plan):
      forEachMatrix(matrix * self.rows + rows.lowerBound, rows.count, of: plan) { matrix, rows in
        plan.append(rows, columns, ofMatrix: matrix, to: &bytes)
      }
    case .transposed(let plan):
      appendTransposed(of: plan, rows, columns, ofMatrix: matrix, to: &bytes)
    case .stacked(let plans):
      let each = matrixCount / plans.count
      plans[matrix / each].append(rows, columns, ofMatrix: matrix % each, to: &bytes)
    case .part(let first, let plan):
      plan.append(rows, columns, ofMatrix: first + matrix, to: &bytes)
    case .joined(let plans):
      forEachPart(of: plans, rows) { plan, rows in
        plan.append(rows, columns, ofMatrix: matrix, to: &bytes)
      }
    case .plus(let number, let plan):
      let first = bytes.count
      plan.append(rows, columns, ofMatrix: matrix, to: &bytes)
      Self.add(number, to: &bytes, from: first)
    case .values(let values):
      for row in rows { Self.append(values[row], to: &bytes) }
    case .zeros:
      let byteCount = rows.count * columns.count * type.blockByteCount
      bytes.append(contentsOf: repeatElement(0, count: byteCount))
    }
  }

  /// The row that comes to `row` where adjacent pairs are rotated.
  private static func permuted(_ row: Int, headWidth: Int) -> Int {
    let place = row % headWidth
    return row - place + place / 2 + place % 2 * (headWidth / 2)
  }

  /// The row that comes to `row` where the halves of a head are rotated.
  private static func unpermuted(_ row: Int, headWidth: Int) -> Int {
    let place = row % headWidth
    let half = headWidth / 2
    return row - place + place % half * 2 + place / half
  }

  private func appendTransposed(
    of plan: RecipePlan,
    _ rows: Range<Int>,
    _ columns: Range<Int>,
    ofMatrix matrix: Int,
    to bytes: inout [UInt8]
  ) {
    var stored: [UInt8] = []
    plan.append(columns, rows, ofMatrix: matrix, to: &stored)
    let size = type.blockByteCount
    let first = bytes.count
    bytes.append(contentsOf: repeatElement(0, count: stored.count))
    var from = 0
    for column in 0..<columns.count {
      for row in 0..<rows.count {
        let to = first + (row * columns.count + column) * size
        for byte in 0..<size { bytes[to + byte] = stored[from + byte] }
        from += size
      }
    }
  }

  private static func add(_ number: Float, to bytes: inout [UInt8], from first: Int) {
    for offset in stride(from: first, to: bytes.count, by: 4) {
      var bits: UInt32 = 0
      for byte in 0..<4 { bits |= UInt32(bytes[offset + byte]) << (8 * byte) }
      bits = (Float(bitPattern: bits) + number).bitPattern
      for byte in 0..<4 { bytes[offset + byte] = UInt8(truncatingIfNeeded: bits >> (8 * byte)) }
    }
  }

  private static func append(_ value: Float, to bytes: inout [UInt8]) {
    for shift in stride(from: 0, to: 32, by: 8) {
      bytes.append(UInt8(truncatingIfNeeded: value.bitPattern >> shift))
    }
  }
}

// MARK: - Where rows lie

extension RecipePlan {
  /// Where rows of all matrices, counted through, lie in a file, if they lie there as they are.
  func mapped(_ rows: Range<Int>) -> MappedBytes? {
    switch source {
    case .stored(let stored): return stored.mapped(rows, as: type)
    case .reshaped(let plan): return plan.mapped(rows)
    case .rows(let first, let plan):
      guard let matrix = matrix(of: rows) else { return nil }
      let shift = matrix * (plan.rows - self.rows) + first
      return plan.mapped(rows.lowerBound + shift..<rows.upperBound + shift)
    case .stacked(let plans):
      let each = matrixCount / plans.count * self.rows
      let index = rows.lowerBound / each
      guard index < plans.count, rows.upperBound <= (index + 1) * each else { return nil }
      return plans[index].mapped(rows.lowerBound - index * each..<rows.upperBound - index * each)
    case .joined(let plans):
      guard outer.isEmpty else { return nil }
      var parts: [MappedBytes?] = []
      forEachPart(of: plans, rows) { parts.append($0.mapped($1)) }
      return parts.count == 1 ? parts[0] : nil
    case .part(let first, let plan):
      let shift = first * self.rows
      return plan.mapped(rows.lowerBound + shift..<rows.upperBound + shift)
    case .decoded, .permuted, .unpermuted, .transposed, .plus, .values, .zeros: return nil
    }
  }

  /// Lets what rows of all matrices, counted through, are read from leave memory.
  func adviseDropped(_ rows: Range<Int>) {
    switch source {
    case .stored(let stored): stored.adviseDropped(rows)
    case .decoded(let decoded): decoded.adviseDropped(rows)
    case .reshaped(let plan), .plus(_, let plan): plan.adviseDropped(rows)
    case .part(let first, let plan):
      let shift = first * self.rows
      plan.adviseDropped(rows.lowerBound + shift..<rows.upperBound + shift)
    case .permuted(let headWidth, let plan), .unpermuted(let headWidth, let plan):
      // Whole heads: a page that the next slice needs again comes back from the system's cache.
      let last = (rows.upperBound + headWidth - 1) / headWidth * headWidth
      plan.adviseDropped(rows.lowerBound / headWidth * headWidth..<last)
    case .rows(let first, let plan):
      forEachMatrix(rows.lowerBound, rows.count, of: self) { matrix, rows in
        let shift = matrix * plan.rows + first
        plan.adviseDropped(rows.lowerBound + shift..<rows.upperBound + shift)
      }
    case .transposed(let plan):
      // Every stored row has a part of each slice; the last one is done with them.
      guard rows.upperBound % max(self.rows, 1) == 0 else { return }
      let matrix = rows.upperBound / self.rows - 1
      plan.adviseDropped(matrix * plan.rows..<(matrix + 1) * plan.rows)
    case .stacked(let plans):
      let each = matrixCount / plans.count * self.rows
      for (index, plan) in plans.enumerated() {
        let part = rows.clamped(to: index * each..<(index + 1) * each)
        guard !part.isEmpty else { continue }
        plan.adviseDropped(part.lowerBound - index * each..<part.upperBound - index * each)
      }
    case .joined(let plans):
      guard outer.isEmpty else { return }
      forEachPart(of: plans, rows) { $0.adviseDropped($1) }
    case .values, .zeros: return
    }
  }

  /// The matrix that holds all of these rows, or nil if several do.
  private func matrix(of rows: Range<Int>) -> Int? {
    let matrix = rows.lowerBound / self.rows
    return rows.upperBound <= (matrix + 1) * self.rows ? matrix : nil
  }

  /// Calls `body` with each matrix of `plan` that `count` rows from `first` on, counted through, lie in.
  private func forEachMatrix(
    _ first: Int,
    _ count: Int,
    of plan: RecipePlan,
    _ body: (_ matrix: Int, _ rows: Range<Int>) -> Void
  ) {
    var first = first
    let end = first + count
    while first < end {
      let matrix = first / plan.rows
      let last = min(end, (matrix + 1) * plan.rows)
      body(matrix, first - matrix * plan.rows..<last - matrix * plan.rows)
      first = last
    }
  }

  /// Calls `body` with each of `plans`, one below the other, that some of `rows` lie in.
  private func forEachPart(
    of plans: [RecipePlan],
    _ rows: Range<Int>,
    _ body: (_ plan: RecipePlan, _ rows: Range<Int>) -> Void
  ) {
    var start = 0
    for plan in plans {
      let part = rows.clamped(to: start..<start + plan.rows)
      if !part.isEmpty { body(plan, part.lowerBound - start..<part.upperBound - start) }
      start += plan.rows
    }
  }
}
