// Owns: a GGUF file as a checkpoint. Does not own: the format (ChaskiFiles).

package import ChaskiFiles

/// A GGUF model, in one file or in parts.
package struct GGUFCheckpoint: Checkpoint {
  /// The open file.
  package let file: GGUFFile
  package let architecture: String
  package let tensors: [CheckpointTensor]

  /// Opens the model at `path`.
  ///
  /// - Throws: `FileError`.
  package init(path: String) throws(FileError) {
    self.init(file: try GGUFFile(path: path))
  }

  /// The checkpoint in `file`.
  package init(file: GGUFFile) {
    self.file = file
    // Who needs the name asks for its key, and is told what is wrong with it.
    architecture = (try? file.metadata.string("general.architecture")) ?? ""
    tensors = file.tensors.map {
      CheckpointTensor(
        name: $0.name,
        type: $0.type,
        dimensions: $0.dimensions,
        byteCount: $0.byteCount
      )
    }
  }

  package var path: String { file.parts[0].path }

  package var format: String {
    "GGUF v\(file.version)" + (file.parts.count > 1 ? " in \(file.parts.count) parts" : "")
  }

  package var keys: [String] { file.metadata.keys }

  package func value(_ key: String, maximumElements: Int) throws -> GGUFValue? {
    try file.metadata.entry(key).map {
      try file.metadata.value($0, maximumElements: maximumElements)
    }
  }

  package func elementCount(_ key: String) -> Int? {
    file.metadata.entry(key).flatMap { $0.elementType == nil ? nil : $0.count }
  }

  package func tensor(_ name: String) -> CheckpointTensor? {
    file.tensor(name).map {
      CheckpointTensor(
        name: $0.name,
        type: $0.type,
        dimensions: $0.dimensions,
        byteCount: $0.byteCount
      )
    }
  }

  package func append(_ rows: Range<Int>, of tensor: CheckpointTensor, to bytes: inout [UInt8]) {
    guard let mapped = mapped(rows, of: tensor) else {
      preconditionFailure("tensor \(tensor.name) is not one of this file's")
    }
    mapped.file.append(mapped.range, to: &bytes)
  }

  package func mapped(_ rows: Range<Int>, of tensor: CheckpointTensor) -> MappedBytes? {
    guard let found = file.tensor(tensor.name) else { return nil }
    precondition(rows.lowerBound >= 0 && rows.upperBound <= tensor.rowCount, "rows \(rows)")
    let start = found.offset + rows.lowerBound * tensor.rowByteCount
    return MappedBytes(
      file: file.file(of: found),
      range: start..<start + rows.count * tensor.rowByteCount
    )
  }

  package func adviseDropped(_ rows: Range<Int>, of tensor: CheckpointTensor) {
    guard let mapped = mapped(rows, of: tensor) else { return }
    mapped.file.adviseDropped(mapped.range)
  }

  package var files: [MappedFile] { file.parts }

  package func fingerprint() -> UInt64 { file.fingerprint() }
}
