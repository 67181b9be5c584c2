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
    try matrix(name, part: 0..<rows, of: rows, depth: depth)
  }

  /// Rows `part` of a weight matrix of `rows` rows, packed as a matrix of their own. [part.count, depth]
  func matrix(_ name: String, part: Range<Int>, of rows: Int, depth: Int) throws -> PackedMatrix {
    try matrix(
      part,
      of: require(name, shape: [depth, rows]),
      as: part.count == rows ? name : "\(name)[\(part)]"
    )
  }

  /// Some rows of `tensor`, counted through all its matrices, packed as a matrix of their own called `label`.
  func matrix(
    _ part: Range<Int>,
    of tensor: CheckpointTensor,
    as label: String
  ) throws -> PackedMatrix {
    let shape = [tensor.dimensions[0], part.count]
    let matrix =
      try storedMatrix(label, type: tensor.type, shape: shape)
      ?? packed(part, of: tensor, as: label)
    note(matrix, as: label)
    report(byteCount: part.count * tensor.rowByteCount)
    return matrix
  }

  /// The matrix that an earlier start packed as `label`, or nil if weights are packed now. shape: depth, rows
  func storedMatrix(_ label: String, type: ElementType, shape: [Int]) throws -> PackedMatrix? {
    guard let stored else { return nil }
    guard let placement = stored.placements[label] else {
      throw FileError.missing(
        file: stored.file.path,
        item: "matrix \(label)",
        expected: "packed as the model's file has it"
      )
    }
    let found = [placement.depth, placement.rows]
    guard placement.type == type, found == shape else {
      throw TensorError.unexpectedShape(tensor: label, expected: shape, found: found)
    }
    return try PackedMatrix(stored: placement, name: label, in: arena)
  }

  /// Packs some rows of `tensor`, counted through all its matrices.
  private func packed(
    _ part: Range<Int>,
    of tensor: CheckpointTensor,
    as label: String
  ) throws -> PackedMatrix {
    // The packed copy is all that is read from here on: the files' pages need not stay in memory.
    guard let mapped = checkpoint.mapped(part, of: tensor) else {
      return try PackedMatrix(
        packing: label,
        type: tensor.type,
        rows: part.count,
        depth: tensor.dimensions[0],
        into: arena,
        with: backend.workers
      ) { rows, bytes in
        let rows = part.lowerBound + rows.lowerBound..<part.lowerBound + rows.upperBound
        checkpoint.append(rows, of: tensor, to: &bytes)
        checkpoint.adviseDropped(rows, of: tensor)
      }
    }
    let file = mapped.file
    return try PackedMatrix(
      packing: file.bytes.extracting(mapped.range),
      name: label,
      type: tensor.type,
      rows: part.count,
      depth: tensor.dimensions[0],
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

  func report(_ tensor: CheckpointTensor) { report(byteCount: tensor.byteCount) }

  func report(byteCount: Int) {
    loadedByteCount += byteCount
    progress(loadedByteCount, totalByteCount)
  }
}
