// Owns: importance matrices: files, importances, collecting. Does not own: their use (QuantizerTests).

import ChaskiCheckpoints
import ChaskiFiles
import ChaskiQuantization
import ChaskiTensors
import Foundation
import Testing

struct ImportanceTests {
  private static let tensor = TensorDescription(
    name: "blk.0.ffn_down_exps.weight",
    type: .f16,
    dimensions: [4, 8, 3]
  )

  @Test func `a matrix comes back from its file`() throws {
    let model = try SmallModel()
    var matrix = ImportanceMatrix()
    matrix.entries["blk.0.attn_q.weight"] = .init(sums: [1, 2, 3, 0.5], counts: [7])
    matrix.entries[Self.tensor.name] = .init(
      sums: (0..<12).map(Float.init),
      counts: [3, 0, 9]
    )
    matrix.datasets = ["a.txt", "b.txt"]
    matrix.chunkCount = 3
    matrix.chunkSize = 512
    let path = model.file("importance.gguf")
    try matrix.write(to: path)
    #expect(try ImportanceMatrix(path: path) == matrix)
  }

  @Test func `importances have mean 1, are never 0, and are each expert's own`() throws {
    var matrix = ImportanceMatrix()
    matrix.entries[Self.tensor.name] = .init(
      sums: [1, 2, 3, 2, 0, 0, 0, 0, 0, 8, 0, 0],
      counts: [5, 0, 2]
    )
    #expect(try matrix.importance(of: Self.tensor, matrix: 0) == [0.5, 1, 1.5, 1])
    #expect(try matrix.importance(of: Self.tensor, matrix: 1) == nil)
    let last = try #require(try matrix.importance(of: Self.tensor, matrix: 2))
    #expect(last[1] == 4)
    #expect(last.allSatisfy { $0 > 0 })
    var other = Self.tensor
    other.name = "blk.0.attn_q.weight"
    #expect(try matrix.importance(of: other, matrix: 0) == nil)
  }

  @Test func `a matrix of another model is refused`() {
    var matrix = ImportanceMatrix()
    matrix.entries[Self.tensor.name] = .init(sums: [1, 2, 3], counts: [5])
    #expect(
      throws: QuantizationError.importanceMismatch(
        tensor: Self.tensor.name,
        expected: 12,
        found: 3
      )
    ) { try matrix.importance(of: Self.tensor, matrix: 0) }
  }

  /// The older form of one matrix of two columns.
  private static func legacy(columns: Int32 = 2, sums: [Float] = [4, 8]) -> [UInt8] {
    var bytes: [UInt8] = []
    func append(_ word: UInt32) {
      bytes += (0..<4).map { UInt8(truncatingIfNeeded: word >> (8 * $0)) }
    }
    append(1)
    append(5)
    bytes += Array("a.b.c".utf8)
    append(4)
    append(UInt32(bitPattern: columns))
    for sum in sums { append(sum.bitPattern) }
    append(9)
    return bytes
  }

  @Test func `llama.cpp's older form is read`() throws {
    let model = try SmallModel()
    let path = model.file("importance.dat")
    try Data(Self.legacy()).write(to: URL(filePath: path))
    let matrix = try ImportanceMatrix(path: path)
    #expect(matrix.entries == ["a.b.c": .init(sums: [4, 8], counts: [4])])
    #expect(matrix.chunkCount == 9)
  }

  @Test func `every truncation of a file is refused`() throws {
    let model = try SmallModel()
    let whole = Self.legacy()
    // The last four bytes are optional.
    for length in 1..<whole.count - 4 {
      let path = model.file("cut\(length).dat")
      try Data(whole[..<length]).write(to: URL(filePath: path))
      #expect(throws: (any Error).self) { try ImportanceMatrix(path: path) }
    }
  }

  @Test(arguments: [Float.nan, .infinity, -1])
  func `sums that make no sense are refused`(sum: Float) throws {
    let model = try SmallModel()
    let path = model.file("importance.dat")
    try Data(Self.legacy(sums: [1, sum])).write(to: URL(filePath: path))
    #expect(throws: QuantizationError.self) { try ImportanceMatrix(path: path) }
    var matrix = ImportanceMatrix()
    matrix.entries["a.b.c"] = .init(sums: [1, sum], counts: [1])
    try matrix.write(to: path)
    #expect(throws: QuantizationError.self) { try ImportanceMatrix(path: path) }
  }

  @Test(arguments: [Int32(-1), 0, .max])
  func `a number of columns beyond the file is refused`(columns: Int32) throws {
    let model = try SmallModel()
    let path = model.file("importance.dat")
    try Data(Self.legacy(columns: columns)).write(to: URL(filePath: path))
    #expect(throws: FileError.self) { try ImportanceMatrix(path: path) }
  }

  @Test func `a model is no importance matrix`() throws {
    let model = try SmallModel()
    #expect(throws: QuantizationError.self) { try ImportanceMatrix(path: model.path) }
  }

  @Test func `what a matrix meets is added up column by column`() throws {
    let backend = try CPUBackend(threadCount: 1)
    let arena = try WeightArena(byteCount: 1 << 16)
    let weights = [UInt8](repeating: 0, count: 32 * 16 * 4)
    func matrix() throws -> PackedMatrix {
      try PackedMatrix(
        packing: unsafe weights.span.bytes,
        name: "w",
        type: .f32,
        rows: 16,
        depth: 32,
        into: arena,
        with: backend.workers
      )
    }
    let (known, unknown) = (try matrix(), try matrix())
    let collector = ImportanceCollector(places: [known.placement.offset: .init(tensor: "known")])
    let x = backend.tensor(rows: 3, columns: 32, (0..<96).map { Float($0 % 32) - 4 })
    backend.linearObserver = collector
    _ = backend.linear(.tensor(x), Projection([(known, nil), (unknown, nil)]))
    _ = backend.linear(.tensor(x), unknown)
    _ = backend.linear([(.tensor(x), Projection(known)), (.tensor(x), Projection(unknown))])
    backend.linearObserver = nil
    _ = backend.linear(.tensor(x), known)
    let sums = (0..<32).map { column in
      let value = Float(column) - 4
      return 6 * value * value
    }
    #expect(collector.collected() == ["known": .init(sums: sums, counts: [6])])
  }

  @Test func `parts of a matrix count once, and each expert by itself`() throws {
    let model = try SmallModel()
    let backend = try CPUBackend(threadCount: 1)
    let arena = try WeightArena(byteCount: 1 << 19)
    let weights = [UInt8](repeating: 0, count: 256 * 16 * 4)
    let labels = [
      "blk.0.attn_v.weight[0..<3]", "blk.0.attn_v.weight[3..<6]",
      "blk.0.ffn_down_exps.weight[0..<4]", "blk.0.ffn_down_exps.weight[4..<8]",
      "blk.0.ffn_down_exps.weight[8..<12]", "output.weight",
    ]
    let matrices = try labels.map { label in
      try PackedMatrix(
        packing: unsafe weights.span.bytes,
        name: label,
        type: .f32,
        rows: 16,
        depth: 256,
        into: arena,
        with: backend.workers
      )
    }
    let collector = ImportanceCollector(
      Dictionary(uniqueKeysWithValues: zip(labels, matrices.map(\.placement))),
      of: try openCheckpoint(model.path),
      where: { $0.hasPrefix("blk.") }
    )
    backend.linearObserver = collector
    let x = backend.tensor(rows: 2, columns: 256, [Float](repeating: 2, count: 512))
    _ = backend.linear(.tensor(x), Projection([(matrices[0], nil), (matrices[1], nil)]))
    _ = backend.linear([
      (.tensor(x), Projection(matrices[3])), (.tensor(x), Projection(matrices[5])),
    ])
    backend.linearObserver = nil
    let eights = [Float](repeating: 8, count: 256)
    let zeros = [Float](repeating: 0, count: 256)
    #expect(
      collector.collected() == [
        "blk.0.attn_v.weight": .init(sums: eights, counts: [2]),
        "blk.0.ffn_down_exps.weight": .init(sums: zeros + eights + zeros, counts: [0, 2, 0]),
      ]
    )
  }
}
