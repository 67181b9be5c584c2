import ChaskiTensors
import Testing

/// Many products in one loop give what each gives alone.
struct LinearPartsTests {
  private static let depths = [64, 32, 96]
  private static let types: [ElementType] = [.q4_0, .f32, .bf16, .q8_0, .q4_1]

  private func matrix(_ index: Int, depth: Int, on backend: CPUBackend) throws -> PackedMatrix {
    let type = Self.types[index % Self.types.count]
    return try PackedMatrix.sample(
      type,
      depth: depth,
      byteCount: 16 * (1 + index % 4) * depth / type.blockElementCount * type.blockByteCount,
      with: backend.workers
    ).matrix
  }

  private func input(_ rows: Int, _ columns: Int, seed: Int, on backend: CPUBackend) -> Tensor {
    backend.tensor(
      rows: rows,
      columns: columns,
      testNumbers(rows * columns, seed: UInt64(seed))
    )
  }

  /// Parts of various depths, types and numbers of rows; some without rows, some that share an input.
  private func parts(_ rowCounts: [Int], on backend: CPUBackend) throws -> [CPUBackend.LinearPart] {
    var parts: [CPUBackend.LinearPart] = []
    for (index, rows) in rowCounts.enumerated() {
      let depth = Self.depths[index % 3]
      let x = LinearInput.tensor(input(rows, depth, seed: index + 1, on: backend))
      for copy in 0...index % 3 {
        let first = try matrix(index + copy, depth: depth, on: backend)
        let second = try matrix(index + copy + 2, depth: depth, on: backend)
        let bias = try Vector(testNumbers(second.rows, seed: 99))
        parts.append((x, Projection([(first, nil), (second, copy == 1 ? bias : nil)])))
      }
    }
    return parts
  }

  @Test(arguments: [1, 2, 3], [[1], [1, 1, 1, 1, 1, 1, 1], [0, 3, 40, 0, 1, 13], []])
  func `parts together give what each gives alone`(threadCount: Int, rowCounts: [Int]) throws {
    let backend = try CPUBackend(threadCount: threadCount)
    let parts = try parts(rowCounts, on: backend)
    let together = backend.linear(parts)
    #expect(together.count == parts.count)
    for (results, part) in zip(together, parts) {
      #expect(results.count == 2)
      guard part.input.rows > 0 else { continue }
      let alone = backend.linear(part.input, part.projection)
      for (found, expected) in zip(results, alone) {
        #expect(found.rows == expected.rows && found.columns == expected.columns)
        #expect(found.elements() == expected.elements())
      }
    }
  }

  @Test(arguments: [1, 2, 30])
  func `heads read slices of one tensor and write into one tensor`(rows: Int) throws {
    let backend = try CPUBackend(threadCount: 2)
    let (heads, depth, width) = (7, 64, 40)
    let x = input(rows, heads * depth, seed: 5, on: backend)
    let output = input(rows, heads * (width + 8), seed: 6, on: backend)
    let before = output.elements()
    let weights = try (0..<heads).map { head in
      try PackedMatrix.floats(
        testNumbers(width * depth, seed: UInt64(head + 50)),
        rows: width,
        depth: depth,
        with: backend.workers
      )
    }
    let bias = try Vector(testNumbers(width, seed: 60))
    let slices = (0..<heads).map { LinearInput.slice(x, columns: $0 * depth..<($0 + 1) * depth) }
    backend.linear(
      zip(slices, weights).map { ($0, Projection($1, bias: bias)) },
      into: output,
      at: (0..<heads).map { $0 * (width + 8) + 3 }
    )
    for head in 0..<heads {
      let copy = backend.columns(head * depth..<(head + 1) * depth, of: x)
      let alone = backend.linear(.tensor(copy), weights[head], bias: bias)
      for row in 0..<rows {
        let first = head * (width + 8)
        let start = row * output.columns + first
        let found = Array(output.row(row)[first..<first + width + 8])
        #expect(
          found == before[start..<start + 3] + alone.row(row) + before[start + 43..<start + 48]
        )
      }
    }
  }
}
