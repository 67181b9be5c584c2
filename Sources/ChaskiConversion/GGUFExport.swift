// Owns: writing any checkpoint out as a GGUF file. Does not own: how a folder becomes GGUF's names
// (ChaskiCheckpoints), which is what a checkpoint is; quantising by importance (ChaskiQuantization).

package import ChaskiCheckpoints
import ChaskiFiles
package import ChaskiTensors

/// Writes a checkpoint as one GGUF file that other programs read too: all keys, tokenizer and template.
///
/// Rows are read, converted and written some megabytes at a time.
package struct GGUFExport: Sendable {
  /// The model.
  package let checkpoint: any Checkpoint
  /// The type of its matrices in the file.
  package let type: WeightType
  private let keys: [(name: String, value: GGUFValue)]

  /// About so many bytes of a tensor are in memory at a time.
  private static let sliceByteCount = 16 << 20

  /// An export of `checkpoint`.
  ///
  /// - Throws: `FileError`, `CheckpointError`, or `TokenizerError` for a folder's tokenizer that GGUF has no
  ///   keys for.
  package init(_ checkpoint: any Checkpoint, type: WeightType) throws {
    self.checkpoint = checkpoint
    self.type = type
    keys = try Self.keys(of: checkpoint, type: type)
  }

  /// Bytes of the checkpoint's tensors.
  package var sourceByteCount: Int { checkpoint.tensorByteCount }

  /// Writes the file to `path`, replacing one of that name only when all is written.
  ///
  /// `progress` is told how many of the checkpoint's bytes are done.
  ///
  /// - Throws: `FileError`, `TensorError`, or `CancellationError` between two slices.
  package func write(
    to path: String,
    on backend: CPUBackend,
    progress: (_ doneByteCount: Int, _ totalByteCount: Int) -> Void = { _, _ in }
  ) throws {
    var writer = GGUFWriter()
    for (name, value) in keys { writer.add(name, value) }
    for tensor in checkpoint.tensors {
      writer.addTensor(tensor.name, type.type(of: tensor), dimensions: tensor.dimensions)
    }
    var output = try GGUFOutput(writer, path: path)
    var done = 0
    let total = sourceByteCount
    for tensor in checkpoint.tensors {
      let target = type.type(of: tensor)
      try forEachSlice(of: tensor) { bytes, firstRow in
        if target == tensor.type {
          try output.append(bytes)
        } else {
          let conversion = RowConversion(
            name: tensor.name,
            source: tensor.type,
            target: target,
            columns: tensor.dimensions[0]
          )
          let converted = try backend.convert(bytes, conversion, firstRow: firstRow)
          try output.append(converted.rows)
        }
        done += bytes.count
        progress(done, total)
      }
    }
    try output.finish()
  }

  private func forEachSlice(
    of tensor: CheckpointTensor,
    _ body: (_ bytes: [UInt8], _ firstRow: Int) throws -> Void
  ) throws {
    let rowsPerSlice = max(1, Self.sliceByteCount / max(tensor.rowByteCount, 1))
    var bytes: [UInt8] = []
    for first in stride(from: 0, to: tensor.rowCount, by: rowsPerSlice) {
      try Task.checkCancellation()
      let rows = first..<min(first + rowsPerSlice, tensor.rowCount)
      bytes.removeAll(keepingCapacity: true)
      checkpoint.append(rows, of: tensor, to: &bytes)
      try body(bytes, first)
      checkpoint.adviseDropped(rows, of: tensor)
    }
  }

  // MARK: Keys

  private static func keys(
    of checkpoint: any Checkpoint,
    type: WeightType
  ) throws -> [(name: String, value: GGUFValue)] {
    // What the file is made of is known anew; how it lay in parts is of no use.
    let replaced = ["general.file_type", "general.quantization_version", "general.alignment"]
    var keys: [(name: String, value: GGUFValue)] = []
    for name in checkpoint.keys where !replaced.contains(name) && !name.hasPrefix("split.") {
      guard let value = try checkpoint.value(name, maximumElements: .max) else { continue }
      keys.append((name, value))
    }
    keys += try TokenizerKeys.keys(of: checkpoint)
    if let number = fileType(checkpoint, type) {
      keys.append(("general.file_type", .uint32(number)))
    }
    keys.append(("general.quantization_version", .uint32(2)))
    return keys
  }

  private static func fileType(_ checkpoint: any Checkpoint, _ type: WeightType) -> UInt32? {
    var counts: [ElementType: Int] = [:]
    for tensor in checkpoint.tensors where tensor.dimensions.count > 1 {
      counts[type.type(of: tensor), default: 0] += tensor.elementCount
    }
    let most = counts.max { ($0.value, $1.key.rawValue) < ($1.value, $0.key.rawValue) }
    return most.flatMap { WeightType.fileType(mostly: $0.key) }
  }
}
