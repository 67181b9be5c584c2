// Owns: what every form of a model's files offers. Does not own: the forms (GGUFCheckpoint,
// FolderCheckpoint), what a hyperparameter means (architectures).

package import ChaskiFiles

/// A model's files, whichever their format: hyperparameters and tensors by GGUF's names.
///
/// A Hugging Face folder is seen as the GGUF file that would be written from it, so that architectures,
/// converters and quantisers know one naming only. Immutable and shared freely between threads.
package protocol Checkpoint: Sendable {
  /// Where the model lies: a file, a split model's first part, or a folder.
  var path: String { get }
  /// The architecture's name, which prefixes the hyperparameters' keys; empty if the file names none.
  var architecture: String { get }
  /// The form of the files in words, such as `GGUF v3`.
  var format: String { get }

  /// All keys, in the order in which they are written.
  var keys: [String] { get }
  /// The value of `key`, with at most `maximumElements` array elements in all; nil without the key.
  func value(_ key: String, maximumElements: Int) throws -> GGUFValue?
  /// How many elements the array of `key` has; nil without the key or if it is no array.
  func elementCount(_ key: String) -> Int?

  /// All tensors, in the order in which they are written.
  var tensors: [CheckpointTensor] { get }
  /// The tensor of that name, or nil.
  func tensor(_ name: String) -> CheckpointTensor?
  /// Appends the bytes of some rows of `tensor`, which is one of this checkpoint's.
  ///
  /// Costs memory for these rows only, whatever a row is computed from. A range outside the tensor is a
  /// broken promise of the caller.
  func append(_ rows: Range<Int>, of tensor: CheckpointTensor, to bytes: inout [UInt8])
  /// Where these rows of `tensor` lie in a mapped file, or nil if they are computed, or not aligned.
  func mapped(_ rows: Range<Int>, of tensor: CheckpointTensor) -> MappedBytes?
  /// Lets what these rows are read from leave memory; reading them again reads the files again.
  func adviseDropped(_ rows: Range<Int>, of tensor: CheckpointTensor)

  /// The mapped files.
  var files: [MappedFile] { get }
  /// A number that stays the same as long as the model's files and their reading do, and hardly any longer.
  func fingerprint() -> UInt64
}

extension Checkpoint {
  /// The tensor of that name.
  ///
  /// - Throws: `FileError.missing` if the model lacks it.
  package func requireTensor(_ name: String) throws -> CheckpointTensor {
    guard let tensor = tensor(name) else {
      throw FileError.missing(file: path, item: "tensor \(name)", expected: "among its tensors")
    }
    return tensor
  }

  /// All bytes of `tensor`: for small ones.
  package func bytes(of tensor: CheckpointTensor) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(tensor.byteCount)
    append(0..<tensor.rowCount, of: tensor, to: &bytes)
    return bytes
  }

  /// Bytes of all tensors.
  package var tensorByteCount: Int {
    tensors.reduce(0) { sum, tensor in
      let (total, overflow) = sum.addingReportingOverflow(tensor.byteCount)
      return overflow ? .max : total
    }
  }

  /// Whether all files are still those that were opened, unchanged as far as the file system knows.
  package var isUnchanged: Bool {
    files.allSatisfy { FileIdentity(path: $0.path) == $0.identity }
  }
}

/// The checkpoint at `path`: a GGUF file, or a folder with a `config.json`.
///
/// - Throws: `FileError`, `CheckpointError`.
package func openCheckpoint(
  _ path: String,
  options: CheckpointOptions = CheckpointOptions()
) throws -> any Checkpoint {
  if FolderCheckpoint.isFolder(path) { return try FolderCheckpoint(path: path, options: options) }
  return try GGUFCheckpoint(path: path)
}
