// Owns: writing a GGUF file's tensors piece by piece, in the order of its header.
// Does not own: the header (GGUFWriter), the file's appearance all at once (AtomicFile).

/// A GGUF file being written, whose tensors come in pieces, so that less than one is in memory.
///
/// Dropped before `finish`, it leaves nothing behind, and a file that had the name stays as it was.
package struct GGUFOutput: ~Copyable {
  private var file: AtomicFile
  private let writer: GGUFWriter
  /// The tensor being written, and its bytes that are still to come.
  private var index = 0
  private var left: Int

  /// Begins the file at `path` with the header that `writer` describes.
  package init(_ writer: GGUFWriter, path: String) throws(FileError) {
    var file = try AtomicFile(path: path)
    try file.write(writer.header())
    self.writer = writer
    left = writer.tensors.first?.byteCount ?? 0
    self.file = file
  }

  /// Appends the next bytes of the tensor being written, which end with it or before.
  package mutating func append(_ bytes: [UInt8]) throws(FileError) {
    try note(bytes.count)
    try file.write(bytes)
    try endTensor()
  }

  /// Gives the file its name; every tensor must be complete.
  package mutating func finish() throws(FileError) {
    guard index == writer.tensors.count else {
      throw wrongContent(found: "\(left) fewer")
    }
    try file.commit()
  }

  private mutating func note(_ count: Int) throws(FileError) {
    guard index < writer.tensors.count, count <= left else {
      throw wrongContent(found: "more")
    }
    left -= count
  }

  private mutating func endTensor() throws(FileError) {
    guard left == 0 else { return }
    try file.pad(to: writer.alignment)
    index += 1
    if index < writer.tensors.count { left = writer.tensors[index].byteCount }
  }

  private func wrongContent(found: String) -> FileError {
    let tensor = index < writer.tensors.count ? writer.tensors[index] : nil
    return .wrongContent(
      file: file.path,
      item: tensor.map { "tensor \($0.name)" } ?? "the end of the file",
      expected: tensor.map { "\($0.byteCount) bytes" } ?? "no more tensors",
      found: found
    )
  }
}
