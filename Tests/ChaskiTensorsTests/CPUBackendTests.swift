import ChaskiTensors
import Testing

/// Operations against plain double-precision references.
struct CPUBackendTests {
  private let backend: CPUBackend

  init() throws {
    backend = try CPUBackend(threadCount: 2)
  }

  private func packed(_ values: [Float], rows: Int, depth: Int) throws -> PackedMatrix {
    try .floats(values, rows: rows, depth: depth, with: backend.workers)
  }

  @Test(arguments: [(1, 1, 1), (1, 17, 5), (3, 40, 33), (20, 100, 64)])
  func `linear is x times the transposed weights`(rows: Int, outputs: Int, depth: Int) throws {
    let x = testNumbers(rows * depth, seed: 1)
    let w = testNumbers(outputs * depth, seed: 2)
    let b = testNumbers(outputs, seed: 3)
    let found = backend.linear(
      .tensor(backend.tensor(rows: rows, columns: depth, x)),
      try packed(w, rows: outputs, depth: depth),
      bias: try Vector(b)
    )
    for row in 0..<rows {
      let line = found.row(row)
      for output in 0..<outputs {
        var sum = Double(b[output])
        for k in 0..<depth { sum += Double(x[row * depth + k]) * Double(w[output * depth + k]) }
        // depth additions of numbers below 1, each rounded to 2^-24 of a sum below depth.
        let tolerance = Double(depth * depth) * 0x1p-24 + 1e-6
        #expect(abs(Double(line[output]) - sum) <= tolerance)
      }
    }
  }

  @Test func `several matrices of one input give what each gives alone`() throws {
    let x = backend.tensor(rows: 5, columns: 24, testNumbers(120, seed: 4))
    let first = try packed(testNumbers(48 * 24, seed: 5), rows: 48, depth: 24)
    let second = try packed(testNumbers(7 * 24, seed: 6), rows: 7, depth: 24)
    let together = backend.linear(.tensor(x), Projection([(first, nil), (second, nil)]))
    #expect(together[0].elements() == backend.linear(.tensor(x), first).elements())
    #expect(together[1].elements() == backend.linear(.tensor(x), second).elements())
  }

  @Test(arguments: InstructionSet.available)
  func `every number of tokens gives each token what it gets alone`(isa: InstructionSet) throws {
    // Quantised weights cut tokens into tiles, of widths that depend on the instruction set; the two types want
    // their activations arranged differently.
    let backend = try CPUBackend(threadCount: 2, instructionSet: isa)
    let projection = Projection(
      try [ElementType.q4_0, .q4_1].map { type in
        let byteCount = 40 * 96 / type.blockElementCount * type.blockByteCount
        let weight = try PackedMatrix.sample(
          type,
          depth: 96,
          byteCount: byteCount,
          with: backend.workers
        )
        return (weight.matrix, nil)
      }
    )
    let most = 40
    let values = testNumbers(most * 96, seed: 10)
    func product(_ rows: Range<Int>) -> [[Float]] {
      let part = Array(values[rows.lowerBound * 96..<rows.upperBound * 96])
      let x = backend.tensor(rows: rows.count, columns: 96, part)
      return backend.linear(.tensor(x), projection).map { $0.elements() }
    }
    let alone = (0..<most).map { product($0..<$0 + 1) }
    for count in 2...most {
      let together = product(0..<count)
      for index in together.indices {
        #expect(together[index] == alone[..<count].flatMap { $0[index] }, "\(count) tokens")
      }
    }
  }

  @Test func `adding to a sum adds the product`() throws {
    let x = backend.tensor(rows: 2, columns: 8, testNumbers(16, seed: 7))
    let w = try packed(testNumbers(80, seed: 8), rows: 10, depth: 8)
    let sum = backend.tensor(rows: 2, columns: 10, testNumbers(20, seed: 9))
    let before = sum.elements()
    backend.linear(.tensor(x), Projection(w), addingTo: sum)
    let product = backend.linear(.tensor(x), w).elements()
    #expect(sum.elements() == zip(before, product).map { $0 + $1 })
  }

  @Test func `BF16 weights meet rounded activations, or float32 ones if asked for`() throws {
    // 1 + 2^-9 rounds to 1: only float32 activations show the difference.
    let (depth, rows) = (6, 20)
    let bits = [UInt16](repeating: UInt16(Float(1).bitPattern >> 16), count: rows * depth)
    let values = [Float](repeating: 1 + 0x1p-9, count: 14 * depth)
    for (rounds, expected) in [(true, Float(6)), (false, 6 + 6 * 0x1p-9)] {
      let backend = try CPUBackend(threadCount: 2, roundsToBFloat16: rounds)
      let arena = try WeightArena(byteCount: 4096)
      let weight = try PackedMatrix(
        packing: unsafe bits.span.bytes,
        name: "w",
        type: .bf16,
        rows: rows,
        depth: depth,
        into: arena,
        with: backend.workers
      )
      let x = backend.tensor(rows: 14, columns: depth, values)
      #expect(backend.linear(.tensor(x), weight).elements().allSatisfy { $0 == expected })
    }
  }

  @Test func `rows are gathered in the order asked for`() {
    let x = backend.tensor(rows: 3, columns: 2, [1, 2, 3, 4, 5, 6])
    #expect(backend.gather(x, rows: [2, 0, 2]).elements() == [5, 6, 1, 2, 5, 6])
  }

  @Test func `a tied embedding gives the matrix's own rows`() throws {
    let w = testNumbers(20 * 8, seed: 10)
    let table = EmbeddingTable(tiedTo: try packed(w, rows: 20, depth: 8))
    let found = backend.embed([19, 0, 7], from: table)
    #expect(found.row(0) == Array(w[152..<160]))
    #expect(found.row(1) == Array(w[0..<8]))
    #expect(found.row(2) == Array(w[56..<64]))
  }

  @Test func `bytes that do not fit the shape are an error`() throws {
    let values: [Float] = [1, 2, 3]
    #expect(throws: TensorError.self) { _ = try packed(values, rows: 2, depth: 2) }
  }

  @Test func `a type that does not compute is an error that names it`() throws {
    let bytes = [UInt8](repeating: 0, count: 66)
    let arena = try WeightArena(byteCount: 4096)
    #expect(throws: TensorError.unsupportedType(tensor: "w", type: "IQ2_XXS")) {
      _ = try PackedMatrix(
        packing: unsafe bytes.span.bytes,
        name: "w",
        type: .iq2_XXS,
        rows: 1,
        depth: 256,
        into: arena,
        with: backend.workers
      )
    }
  }

  @Test func `an instruction set that is not there is an error that lists those that are`() {
    #expect(throws: TensorError.self) { try InstructionSet.named("mmx") }
    #expect(throws: Never.self) { try InstructionSet.named("plain") }
  }
}
