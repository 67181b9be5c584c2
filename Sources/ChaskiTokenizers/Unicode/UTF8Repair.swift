// Owns: text out of bytes that may not be UTF-8. Not the holding back of bytes that may still become so.

/// How much of a text one U+FFFD stands for.
enum UTF8Repair: Sendable, Equatable {
  /// Each beginning of a character that breaks off, and each other stray byte: Unicode's advice, and tiktoken's way.
  case maximalParts
  /// Each byte: sentencepiece's way.
  case bytes

  /// The text of `bytes`.
  func text(_ bytes: some RandomAccessCollection<UInt8>) -> String {
    if self == .maximalParts { return String(decoding: bytes, as: UTF8.self) }
    if let text = String(validating: bytes, as: UTF8.self) { return text }
    let source = Array(bytes)
    var output: [UInt8] = []
    var at = 0
    while at < source.count {
      let scalar = UTF8Scalar(source.span, at: at, end: source.count)
      UTF8Scalar.append(scalar.code == UTF8Scalar.invalid ? 0xFFFD : scalar.code, to: &output)
      at += scalar.count
    }
    return String(decoding: output, as: UTF8.self)
  }
}
