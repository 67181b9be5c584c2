// Owns: how an architecture reads its weights from a file.

import ChaskiFiles
package import ChaskiLayers
package import ChaskiTensors

extension ModelSource {
  /// Whether the file has a tensor of this name.
  package func has(_ name: String) -> Bool { file.tensor(name) != nil }

  /// A packed weight matrix. [rows, depth]
  package func matrix(_ name: String, rows: Int, depth: Int) throws -> PackedMatrix {
    let tensor = try require(name, shape: [depth, rows])
    let matrix = try stored.map { try storedMatrix(tensor, in: $0) } ?? packed(tensor)
    note(matrix, as: name)
    report(tensor)
    return matrix
  }

  private func storedMatrix(
    _ tensor: GGUFTensor,
    in stored: PackedWeightsFile
  ) throws -> PackedMatrix {
    guard let placement = stored.placements[tensor.name] else {
      throw FileError.missing(
        file: stored.file.path,
        item: "matrix \(tensor.name)",
        expected: "packed as the model's file has it"
      )
    }
    let found = [placement.depth, placement.rows]
    guard placement.type == tensor.type, found == Self.shape(tensor) else {
      throw TensorError.unexpectedShape(
        tensor: tensor.name,
        expected: Self.shape(tensor),
        found: found
      )
    }
    return try PackedMatrix(stored: placement, name: tensor.name, in: arena)
  }

  /// Depth and rows; a file may leave out trailing dimensions of 1.
  private static func shape(_ tensor: GGUFTensor) -> [Int] {
    [tensor.dimensions[0], tensor.dimensions.count > 1 ? tensor.dimensions[1] : 1]
  }

  private func packed(_ tensor: GGUFTensor) throws -> PackedMatrix {
    let file = file
    let bytes = file.bytes(of: tensor)
    let shape = Self.shape(tensor)
    return try PackedMatrix(
      packing: bytes,
      name: tensor.name,
      type: tensor.type,
      rows: shape[1],
      depth: shape[0],
      into: arena,
      with: backend.workers
    ) { range in
      // The packed copy is all that is read from here on: the mapping's pages need not stay in memory.
      file.file(of: tensor).adviseDropped(
        tensor.offset + range.lowerBound..<tensor.offset + range.upperBound
      )
    }
  }

  /// A float32 vector. [count]
  package func vector(_ name: String, count: Int) throws -> Vector {
    let tensor = try require(name, shape: [count])
    let file = file
    let bytes = file.bytes(of: tensor)
    let values = try dequantize(bytes, type: tensor.type, name: name)
    report(tensor)
    return try Vector(values)
  }

  /// An affine layer: `name`.weight and, if the file has it, `name`.bias. [rows, depth]
  package func linear(_ name: String, rows: Int, depth: Int) throws -> Linear {
    Linear(
      weight: try matrix(name + ".weight", rows: rows, depth: depth),
      bias: has(name + ".bias") ? try vector(name + ".bias", count: rows) : nil
    )
  }

  /// A norm: `name`.weight. [count]
  package func rmsNorm(_ name: String, count: Int, epsilon: Float) throws -> RMSNorm {
    RMSNorm(weight: try vector(name + ".weight", count: count), epsilon: epsilon)
  }

  /// A table whose rows stay in the mapped file. [rows, columns]
  package func embedding(_ name: String, rows: Int, columns: Int) throws -> EmbeddingTable {
    let tensor = try require(name, shape: [columns, rows])
    let file = file
    let bytes = file.bytes(of: tensor)
    let stored = try StoredRows(
      bytes,
      of: file.file(of: tensor),
      name: name,
      type: tensor.type,
      rows: rows,
      columns: columns
    )
    report(tensor)
    return EmbeddingTable(stored)
  }

  /// The input embedding and the output projection, which are one matrix where the file has one.
  ///
  /// Source: Press and Wolf 2016, https://arxiv.org/abs/1608.05859.
  package func embeddingAndOutput(
    vocabularyCount: Int,
    embeddingLength: Int
  ) throws -> (Embedding, Linear) {
    guard has("output.weight") else {
      let tied = try matrix("token_embd.weight", rows: vocabularyCount, depth: embeddingLength)
      return (Embedding(table: EmbeddingTable(tiedTo: tied)), Linear(weight: tied))
    }
    let table = try embedding(
      "token_embd.weight",
      rows: vocabularyCount,
      columns: embeddingLength
    )
    let output = try linear("output", rows: vocabularyCount, depth: embeddingLength)
    return (Embedding(table: table), output)
  }

  /// The tensor `name`, which must have this shape; dimensions are GGUF's, fastest first.
  private func require(_ name: String, shape: [Int]) throws -> GGUFTensor {
    let tensor = try file.requireTensor(name)
    // A file may leave out trailing dimensions of 1.
    let found =
      tensor.dimensions
      + Array(
        repeating: 1,
        count: max(0, shape.count - tensor.dimensions.count)
      )
    guard found == shape else {
      throw TensorError.unexpectedShape(tensor: name, expected: shape, found: tensor.dimensions)
    }
    return tensor
  }

  private func report(_ tensor: GGUFTensor) {
    loadedByteCount += tensor.byteCount
    progress(loadedByteCount, file.tensors.reduce(0) { $0 + $1.byteCount })
  }
}
