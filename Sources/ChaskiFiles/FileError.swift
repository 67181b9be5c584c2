// Owns: everything that can be wrong with a model file, as facts.
// Does not own: the sentences shown for them (FileError+Description).

/// What is wrong with a file that was opened, read or written.
///
/// `item` names the part concerned, such as `tensor blk.0.attn_q.weight`; offsets count bytes from the
/// start of the file.
package enum FileError: Error, Equatable, Sendable {
  /// There is no file of that name.
  case notFound(file: String)
  /// The system refused to open or map the file.
  case cannotOpen(file: String, reason: String)
  /// The path leads to something that is not a regular file.
  case notRegularFile(file: String, found: String)
  /// The file has no bytes.
  case empty(file: String)
  /// The file's size changed while it was being opened.
  case changed(file: String, expected: Int, found: Int)
  /// The first bytes are not those of the expected format.
  case unknownFormat(file: String, expected: String, found: [UInt8])
  /// The GGUF file was written for big-endian machines.
  case bigEndian(file: String)
  /// The format's version is not one that is read.
  case unsupportedVersion(file: String, expected: String, found: UInt32)
  /// The file ends before the item does.
  case truncated(file: String, item: String, offset: Int, needed: UInt64, left: Int)
  /// A number in the file is beyond what is accepted.
  case overLimit(file: String, item: String, offset: Int, limit: Int, found: UInt64)
  /// A value in the file breaks the format's rules.
  case invalid(file: String, item: String, offset: Int, expected: String, found: String)
  /// A name that must be unique occurs twice.
  case duplicate(file: String, item: String, offset: Int)
  /// A tensor has an element type that is not known.
  case unknownElementType(file: String, tensor: String, offset: Int, found: String)
  /// A pickle would do more than rebuild tensors, or is not one of torch's.
  case refusedPickle(file: String, offset: Int, found: String)
  /// Two tensors share bytes.
  case overlap(file: String, first: String, second: String, offset: Int)
  /// A key or tensor that was required is not in the file.
  case missing(file: String, item: String, expected: String)
  /// A key or tensor has another type than the one asked for.
  case wrongType(file: String, item: String, expected: String, found: String)
  /// A part of a split file is not beside the others.
  case missingPart(file: String, part: String)
  /// The system refused to write the file.
  case cannotWrite(file: String, reason: String)
  /// The content given to a writer does not match what its header promises.
  case wrongContent(file: String, item: String, expected: String, found: String)
}
