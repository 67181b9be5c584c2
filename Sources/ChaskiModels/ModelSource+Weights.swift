// Owns: how an architecture reads its weights from a checkpoint.

package import ChaskiCheckpoints
import ChaskiFiles
package import ChaskiLayers
package import ChaskiTensors

extension ModelSource {
  /// Whether the file has a tensor of this name.
  package func has(_ name: String) -> Bool { checkpoint.tensor(name) != nil }

  /// The tensor of this name, for those who read its rows themselves; nil if the file has none.
  package func tensor(_ name: String) -> CheckpointTensor? { checkpoint.tensor(name) }

  /// A packed weight matrix. [rows, depth]
  package func matrix(_ name: String, rows: Int, depth: Int) throws -> PackedMatrix {
    let tensor = try require(name, shape: [depth, rows])
    let matrix = try stored.map { try storedMatrix(tensor, in: $0) } ?? packed(tensor)
    note(matrix, as: name)
    report(tensor)
    return matrix
  }

  private func storedMatrix(
    _ tensor: CheckpointTensor,
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
  private static func shape(_ tensor: CheckpointTensor) -> [Int] {
    [tensor.dimensions[0], tensor.dimensions.count > 1 ? tensor.dimensions[1] : 1]
  }

  private func packed(_ tensor: CheckpointTensor) throws -> PackedMatrix {
    let shape = Self.shape(tensor)
    // The packed copy is all that is read from here on: the files' pages need not stay in memory.
    guard let mapped = checkpoint.mapped(0..<tensor.rowCount, of: tensor) else {
      return try PackedMatrix(
        packing: tensor.name,
        type: tensor.type,
        rows: shape[1],
        depth: shape[0],
        into: arena,
        with: backend.workers
      ) { rows, bytes in
        checkpoint.append(rows, of: tensor, to: &bytes)
        checkpoint.adviseDropped(rows, of: tensor)
      }
    }
    let file = mapped.file
    return try PackedMatrix(
      packing: file.bytes.extracting(mapped.range),
      name: tensor.name,
      type: tensor.type,
      rows: shape[1],
      depth: shape[0],
      into: arena,
      with: backend.workers
    ) { range in
      let start = mapped.range.lowerBound
      file.adviseDropped(start + range.lowerBound..<start + range.upperBound)
    }
  }

  /// A float32 vector. [count]
  package func vector(_ name: String, count: Int) throws -> Vector {
    let tensor = try require(name, shape: [count])
    let bytes = checkpoint.bytes(of: tensor)
    // Bytes have no padding, so every one of them may be read.
    let values = try dequantize(unsafe bytes.span.bytes, type: tensor.type, name: name)
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

  /// A table whose rows stay in the mapped file, or are packed if they are computed. [rows, columns]
  package func embedding(_ name: String, rows: Int, columns: Int) throws -> EmbeddingTable {
    let tensor = try require(name, shape: [columns, rows])
    guard let mapped = checkpoint.mapped(0..<tensor.rowCount, of: tensor) else {
      return EmbeddingTable(tiedTo: try matrix(name, rows: rows, depth: columns))
    }
    let file = mapped.file
    let stored = try StoredRows(
      file.bytes.extracting(mapped.range),
      of: file,
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
  func require(_ name: String, shape: [Int]) throws -> CheckpointTensor {
    let tensor = try checkpoint.requireTensor(name)
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

  func report(_ tensor: CheckpointTensor) {
    loadedByteCount += tensor.byteCount
    progress(loadedByteCount, totalByteCount)
  }
}
