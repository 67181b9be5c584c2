// Owns: the sentence a user reads for each error, and the words for the system's error numbers.
// Does not own: the facts (FileError).

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#elseif canImport(Darwin)
internal import Darwin
#endif

extension FileError: CustomStringConvertible {
  /// One sentence that names the file, the place and the way out.
  package var description: String {
    switch self {
    case .notFound(let file):
      "\(shown(file)) does not exist."
    case .cannotOpen(let file, let reason):
      "\(shown(file)) cannot be opened: \(shown(reason))."
    case .notRegularFile(let file, let found):
      "\(shown(file)) is \(found), where a file is needed."
    case .empty(let file):
      "\(shown(file)) is empty; fetch it again."
    case .changed(let file, let expected, let found):
      "\(shown(file)) changed from \(expected) to \(found) bytes while it was opened; "
        + "wait until it is written."
    case .unknownFormat(let file, let expected, let found):
      "\(shown(file)) is not \(expected): its first bytes are \(hexadecimal(found))."
    case .bigEndian(let file):
      "\(shown(file)) was written for big-endian machines; convert it to a little-endian GGUF file."
    case .unsupportedVersion(let file, let expected, let found):
      "\(shown(file)) has format version \(found), and \(expected) can be read; convert it again."
    case .missingPart(let file, let part):
      "\(shown(file)) is one part of a split model and the part \(shown(part)) is missing beside it."
    case .cannotWrite(let file, let reason):
      "\(shown(file)) cannot be written: \(shown(reason))."
    case .wrongContent(let file, let item, let expected, let found):
      "\(shown(file)) cannot be written: \(shown(item)) needs \(expected) and was given \(found)."
    default: contentDescription
    }
  }

  /// The sentences about what is inside a file.
  private var contentDescription: String {
    switch self {
    case .truncated(let file, let item, let offset, let needed, let left):
      "\(shown(file)) is cut off: at byte \(offset), \(shown(item)) needs \(needed) bytes and "
        + "\(left) are left; fetch the file again."
    case .overLimit(let file, let item, let offset, let limit, let found):
      "\(shown(file)) is refused: at byte \(offset), \(shown(item)) is \(found), and at most "
        + "\(limit) is accepted."
    case .invalid(let file, let item, let offset, let expected, let found):
      "\(shown(file)) is damaged: at byte \(offset), \(shown(item)) must be \(expected) and is "
        + "\(shown(found))."
    case .duplicate(let file, let item, let offset):
      "\(shown(file)) is damaged: at byte \(offset), \(shown(item)) occurs a second time."
    case .unknownElementType(let file, let tensor, let offset, let found):
      "\(shown(file)) cannot be read: tensor \(shown(tensor)), described at byte \(offset), has the "
        + "unknown element type \(shown(found))."
    case .refusedPickle(let file, let offset, let found):
      "\(shown(file)) is refused: at byte \(offset), its pickle has \(shown(found)), where only tensors "
        + "are rebuilt; use a safetensors file of the model."
    case .overlap(let file, let first, let second, let offset):
      "\(shown(file)) is damaged: tensors \(shown(first)) and \(shown(second)) share the bytes "
        + "at \(offset)."
    case .missing(let file, let item, let expected):
      "\(shown(file)) has no \(shown(item)), which must be \(expected)."
    case .wrongType(let file, let item, let expected, let found):
      "\(shown(file)) holds \(shown(item)) as \(shown(found)), where \(expected) is needed."
    default: "A file error."
    }
  }
}

/// `text` made safe to print: names come from strangers' files and may hold terminal commands.
private func shown(_ text: String) -> String {
  let limit = 240
  var result = ""
  for scalar in text.unicodeScalars {
    guard result.unicodeScalars.count < limit else { return result + "…" }
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator, .unassigned, .privateUse:
      result += "\\u{" + String(scalar.value, radix: 16) + "}"
    default: result.unicodeScalars.append(scalar)
    }
  }
  return result
}

private func hexadecimal(_ bytes: [UInt8]) -> String {
  bytes.prefix(16).map { (byte: UInt8) -> String in
    (byte < 16 ? "0" : "") + String(byte, radix: 16)
  }.joined(separator: " ")
}

/// The meaning of a system error number, in words of our own so that no locale or C buffer matters.
func systemReason(_ number: Int32) -> String {
  switch number {
  case EACCES, EPERM: "permission is denied"
  case ENOTDIR: "a part of the path is not a folder"
  case EISDIR: "it is a folder"
  case ELOOP: "its symbolic links lead in a circle"
  case ENAMETOOLONG: "the path is too long"
  case EMFILE, ENFILE: "too many files are open"
  case ENOMEM: "there is not enough memory"
  case ENOSPC, EDQUOT: "the disk is full"
  case EROFS: "the disk is read-only"
  case ENXIO: "it is a device or socket that cannot be read"
  case EIO: "the disk reported an error"
  default: "the system reported error \(number)"
  }
}
