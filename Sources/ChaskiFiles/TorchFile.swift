// Owns: a file of torch.save as a list of tensors. Does not own: zip (ZipArchive), pickle (TorchPickle).

/// An open `pytorch_model.bin`: a zip archive with a pickle that names tensors, and their bytes beside it.
///
/// The pickle is a program; only one that rebuilds tensors is followed, and none of it is run. Immutable and
/// shared freely between threads. Source: `torch/serialization.py` of https://github.com/pytorch/pytorch
/// (format version 3, "zip file based").
package struct TorchFile: Sendable {
  /// Bytes of the largest pickle that is read; those of the largest checkpoints have under 1 MB.
  private static let pickleLimit = 32 << 20

  /// The mapped file.
  package let file: MappedFile
  /// The tensors, in the file's order.
  package let tensors: [StoredTensor]
  /// A range that covers the pickle, which describes the tensors.
  package let pickleRange: Range<Int>

  /// Opens the file at `path` and checks all of its directory and pickle.
  ///
  /// - Throws: `FileError`; `refusedPickle` where the pickle would do more than rebuild tensors.
  package init(path: String) throws(FileError) {
    let file = try MappedFile(path: path)
    let archive = try ZipArchive(file)
    let pickles = archive.entries.keys.filter { $0 == "data.pkl" || $0.hasSuffix("/data.pkl") }
    guard pickles.count == 1, let name = pickles.first, let range = archive.entries[name] else {
      throw .missing(file: path, item: "entry data.pkl", expected: "in the archive, once")
    }
    guard range.count <= Self.pickleLimit else {
      throw .overLimit(
        file: path,
        item: "the size of data.pkl",
        offset: range.lowerBound,
        limit: Self.pickleLimit,
        found: UInt64(range.count)
      )
    }
    let folder = String(name.dropLast("data.pkl".count))
    try Self.checkByteOrder(archive.entries[folder + "byteorder"], of: file)
    var pickle = TorchPickle(file: file, range: range)
    let found = try pickle.tensors()
    var tensors: [StoredTensor] = []
    tensors.reserveCapacity(found.count)
    for (tensorName, tensor) in found {
      guard let storage = archive.entries[folder + "data/" + tensor.storage] else {
        throw .missing(
          file: path,
          item: "entry data/\(tensor.storage)",
          expected: "the bytes of tensor \(tensorName)"
        )
      }
      tensors.append(try Self.stored(tensorName, tensor, in: storage, of: file))
    }
    self.file = file
    self.tensors = tensors
    pickleRange = range
  }

  private static func checkByteOrder(
    _ range: Range<Int>?,
    of file: MappedFile
  ) throws(FileError) {
    guard let range else { return }
    var bytes: [UInt8] = []
    file.append(range.lowerBound..<range.lowerBound + min(16, range.count), to: &bytes)
    guard bytes == Array("little".utf8) else { throw .bigEndian(file: file.path) }
  }

  private static func stored(
    _ name: String,
    _ tensor: TorchPickle.Tensor,
    in storage: Range<Int>,
    of file: MappedFile
  ) throws(FileError) -> StoredTensor {
    let size = tensor.type.bitCount / 8
    guard let byteCount = tensor.type.byteCount(shape: tensor.shape),
      let start = checkedProduct([tensor.firstElement, size]),
      start <= storage.count, byteCount <= storage.count - start
    else {
      throw .invalid(
        file: file.path,
        item: "tensor \(name)",
        offset: storage.lowerBound,
        expected: "inside the \(storage.count) bytes of its storage",
        found: "\(tensor.shape) from element \(tensor.firstElement)"
      )
    }
    let first = storage.lowerBound + start
    return StoredTensor(
      name: name,
      type: tensor.type,
      shape: tensor.shape,
      file: file,
      byteRange: first..<first + byteCount
    )
  }
}
