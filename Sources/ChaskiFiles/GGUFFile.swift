// Owns: a GGUF model as one thing: its keys and tensors over all parts of a split file.
// Does not own: parsing a part (GGUFParser), what keys mean, how tensors are decoded.

/// An open GGUF model, version 2 or 3, little-endian, in one file or in parts.
///
/// Immutable and shared freely between threads. The tensors' bytes stay in the mapping until they
/// are touched.
package struct GGUFFile: Sendable {
  /// The mapped files, in order; one for a model that is not split.
  package let parts: [MappedFile]
  /// The format's version in the first part.
  package let version: Int
  /// The keys of the first part, which describe the model.
  package let metadata: GGUFMetadata
  /// All tensors in file order, part after part.
  package let tensors: [GGUFTensor]
  private let indices: [String: Int]

  /// Opens the model at `path`, which may be any part of a split model; the others lie beside it.
  ///
  /// Checks everything but the tensors' content. Throws `FileError`; docs/limits.md lists what is
  /// refused.
  package init(path: String) throws(FileError) {
    let opened = try GGUFParser.parse(MappedFile(path: path))
    let parts = try GGUFSplit.parts(of: opened)
    self.parts = parts.map(\.file)
    version = parts[0].version
    metadata = parts[0].metadata
    (tensors, indices) = try Self.join(parts)
  }

  /// The tensor of that name, or nil.
  package func tensor(_ name: String) -> GGUFTensor? { indices[name].map { tensors[$0] } }

  /// The tensor of that name; throws if the model lacks it.
  package func requireTensor(_ name: String) throws(FileError) -> GGUFTensor {
    guard let tensor = tensor(name) else {
      throw .missing(file: parts[0].path, item: "tensor \(name)", expected: "among its tensors")
    }
    return tensor
  }

  /// The bytes of one of this model's tensors; valid while this value is borrowed.
  @_lifetime(borrow self)
  package func bytes(of tensor: GGUFTensor) -> RawSpan {
    // The slice is bounds-checked against the mapping, which lives as long as its object, which this
    // value's constant array holds.
    let buffer = unsafe UnsafeRawBufferPointer(
      rebasing: parts[tensor.part].buffer[tensor.byteRange]
    )
    return unsafe _overrideLifetime(RawSpan(_unsafeBytes: buffer), borrowing: self)
  }

  /// The mapped file that holds `tensor`, to keep it alive or to advise the kernel.
  package func file(of tensor: GGUFTensor) -> MappedFile { parts[tensor.part] }

  private static func join(
    _ parts: [GGUFPart]
  ) throws(FileError) -> (tensors: [GGUFTensor], indices: [String: Int]) {
    var tensors: [GGUFTensor] = []
    var indices: [String: Int] = [:]
    for (number, part) in parts.enumerated() {
      guard tensors.count + part.tensors.count <= GGUFLimits.tensors else {
        throw .overLimit(
          file: part.file.path,
          item: "the tensor count over all parts",
          offset: 8,
          limit: GGUFLimits.tensors,
          found: UInt64(tensors.count + part.tensors.count)
        )
      }
      for var tensor in part.tensors {
        tensor.part = number
        guard indices.updateValue(tensors.count, forKey: tensor.name) == nil else {
          throw .duplicate(
            file: part.file.path,
            item: "tensor \(tensor.name)",
            offset: tensor.offset
          )
        }
        tensors.append(tensor)
      }
    }
    return (tensors, indices)
  }
}
