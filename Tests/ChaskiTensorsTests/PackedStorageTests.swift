import ChaskiTensors
import Testing

/// Matrices that lie in memory packed by someone else.
struct PackedStorageTests {
  private static let types: [ElementType] = [
    .f32, .f16, .bf16, .q4_0, .q4_1, .q5_0, .q5_1, .q8_0, .q2_K, .q3_K, .q4_K, .q5_K, .q6_K,
    .iq4_NL,
    .iq4_XS, .tq1_0, .tq2_0, .mxfp4,
  ]

  private static func bytes(_ count: Int, seed: UInt64) -> [UInt8] {
    var state = seed
    return (0..<count).map { _ in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return UInt8(truncatingIfNeeded: state >> 56)
    }
  }

  private static let rows = 37
  private static let depth = 512

  private func packed(_ type: ElementType, on backend: CPUBackend) throws -> (
    PackedMatrix, WeightArena
  ) {
    let arena = try WeightArena(byteCount: 1 << 20)
    let count = Self.depth / type.blockElementCount * type.blockByteCount * Self.rows
    let source = Self.bytes(count, seed: UInt64(type.rawValue))
    let matrix = try PackedMatrix(
      packing: unsafe source.span.bytes,
      name: "w",
      type: type,
      rows: Self.rows,
      depth: Self.depth,
      into: arena,
      with: backend.workers
    )
    return (matrix, arena)
  }

  /// The products of one matrix with two columns, as bit patterns; all that is not a number is one.
  private func product(_ matrix: PackedMatrix, _ set: InstructionSet) throws -> [UInt32] {
    let backend = try CPUBackend(threadCount: 2, instructionSet: set)
    let x = (0..<2 * Self.depth).map { Float($0 % 17) - 8 }
    let input = backend.tensor(rows: 2, columns: Self.depth, x)
    return backend.linear(.tensor(input), matrix).elements()
      .map { $0.isNaN ? .max : $0.bitPattern }
  }

  @Test(arguments: types)
  func `stored panels give the packed ones' bits on every instruction set`(
    type: ElementType
  ) throws {
    let (matrix, arena) = try packed(type, on: CPUBackend(threadCount: 1))
    let mapped = try WeightArena(mapped: arena.usedBytes, of: arena)
    #expect(mapped.isMapped && !arena.isMapped)
    let stored = try PackedMatrix(stored: matrix.placement, name: "w", in: mapped)
    #expect(stored.placement == matrix.placement)
    #expect(mapped.elementCount == arena.elementCount)
    #expect(mapped.usedByteCount == arena.usedByteCount)
    let expected = try product(matrix, .plain)
    for set in InstructionSet.available {
      #expect(try product(stored, set) == expected, "\(set)")
    }
  }

  // Kept panels may come from a damaged file: whatever their bytes, kernels must stay inside their tables.
  @Test(arguments: types)
  func `panels of any bytes multiply without reading outside`(type: ElementType) throws {
    let byteCount = try #require(
      PackedMatrix.packedByteCount(type: type, rows: Self.rows, depth: Self.depth)
    )
    for seed in UInt64(1)...4 {
      let noise =
        seed == 4 ? [UInt8](repeating: 255, count: byteCount) : Self.bytes(byteCount, seed: seed)
      let block = try WeightArena(byteCount: byteCount)
      try fill(block, with: noise)
      let matrix = try PackedMatrix(
        stored: placement(type, byteCount: byteCount),
        name: "w",
        in: WeightArena(mapped: block.usedBytes, of: block)
      )
      for set in InstructionSet.available {
        #expect(try product(matrix, set).count == 2 * Self.rows)
      }
      let backend = try CPUBackend(threadCount: 1)
      let tokens = (0..<Int32(Self.rows)).map { $0 }
      #expect(
        backend.embed(tokens, from: EmbeddingTable(tiedTo: matrix)).elements().count
          == Self.rows * Self.depth
      )
    }
  }

  /// Fills `block` with `bytes`, in the order of a panel of floats.
  private func fill(_ block: WeightArena, with bytes: [UInt8]) throws {
    // 16 rows of n floats fill 64 n bytes without a gap.
    #expect(bytes.count % 64 == 0)
    _ = try PackedMatrix(
      packing: unsafe bytes.span.bytes,
      name: "noise",
      type: .f32,
      rows: 16,
      depth: bytes.count / 64,
      into: block,
      with: CPUBackend(threadCount: 1).workers
    )
  }

  private func placement(
    _ type: ElementType = .q4_0,
    rows: Int = rows,
    depth: Int = depth,
    offset: Int = 0,
    byteCount: Int
  ) -> PackedPlacement {
    PackedPlacement(type: type, rows: rows, depth: depth, offset: offset, byteCount: byteCount)
  }

  @Test func `a placement that does not fit is an error`() throws {
    let (matrix, arena) = try packed(.q4_0, on: CPUBackend(threadCount: 1))
    let size = matrix.byteCount
    let mapped = try WeightArena(mapped: arena.usedBytes, of: arena)
    for wrong in [
      placement(offset: 64, byteCount: size), placement(offset: -64, byteCount: size),
      placement(offset: 1, byteCount: size), placement(offset: .max - 63, byteCount: size),
      placement(rows: 48 + 1, byteCount: size), placement(rows: 0, byteCount: 0),
      placement(rows: -5, byteCount: size), placement(rows: .max, byteCount: size),
      placement(depth: 0, byteCount: size), placement(depth: 1024, byteCount: size),
      placement(depth: 33, byteCount: size), placement(depth: .max, byteCount: size),
      placement(byteCount: size - 1), placement(byteCount: -1),
      placement(.q8_0, byteCount: size), placement(.iq2_XXS, byteCount: size),
    ] {
      #expect(throws: TensorError.self, "\(wrong)") {
        _ = try PackedMatrix(stored: wrong, name: "w", in: mapped)
      }
    }
  }

  @Test func `nothing is packed into a mapped block`() throws {
    let (_, arena) = try packed(.q4_0, on: CPUBackend(threadCount: 1))
    let mapped = try WeightArena(mapped: arena.usedBytes, of: arena)
    let values: [Float] = [1, 2, 3, 4]
    #expect(throws: TensorError.self) {
      _ = try PackedMatrix(
        packing: unsafe values.span.bytes,
        name: "w",
        type: .f32,
        rows: 2,
        depth: 2,
        into: mapped,
        with: CPUBackend(threadCount: 1).workers
      )
    }
  }

  @Test func `a block that does not begin on a multiple of 64 is refused`() throws {
    let (_, arena) = try packed(.q4_0, on: CPUBackend(threadCount: 1))
    let bytes = arena.usedBytes
    #expect(throws: TensorError.misaligned(alignment: 64)) {
      _ = try WeightArena(mapped: bytes.extracting(32..<bytes.byteCount), of: arena)
    }
  }

  @Test func `each type that computes has a layout of its own to tell`() {
    let samples = Self.types.map { PackedMatrix.layoutSample(of: $0) }
    #expect(samples.allSatisfy { !$0.isEmpty })
    // Q4_0 and IQ4_NL differ only in what their codes mean.
    #expect(Set(samples).count == Self.types.count - 1)
    #expect(PackedMatrix.layoutSample(of: .iq2_XXS).isEmpty)
  }
}
