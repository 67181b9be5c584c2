// Owns: reading a file of reference log-probabilities. Does not own: writing one (LogitReferenceWriter).

import Foundation

/// What a model expected of a text, in the file that llama.cpp's `llama-perplexity --kl-divergence-base` writes.
///
/// All numbers are little-endian: the 8 bytes `_logits_`, three 32-bit numbers (tokens of a window C, vocabulary V,
/// windows W), W * C token ids of 32 bits, and for each window one row for each position from C / 2 to C - 2: two
/// floats, scale and least, then V codes of 16 bits, padded to an even number. A log-probability is
/// least + scale * code; those of -16 and below stand for anything down to zero.
package final class LogitReference: Sendable {
  static let magic = Array("_logits_".utf8)
  static let headerLength = 20
  /// Log-probabilities from here down are not kept.
  static let floor: Float = -16

  /// The file's path.
  package let path: String
  /// C: tokens of a window.
  package let windowLength: Int
  /// V: how many tokens have a probability.
  package let vocabularyCount: Int
  /// W: how many windows there are.
  package let windowCount: Int
  /// The text's tokens. [W * C]
  let tokens: [Int32]
  private let handle: FileHandle

  /// Opens the file at `path` and checks that it is whole.
  ///
  /// - Throws: `EvaluationError.badReference`, `EvaluationError.unreadable`.
  package init(path: String) throws(EvaluationError) {
    self.path = path
    guard
      let attributes = try? FileManager.default.attributesOfItem(
        atPath: URL(filePath: path).resolvingSymlinksInPath().path
      ), attributes[.type] as? FileAttributeType == .typeRegular,
      let size = attributes[.size] as? Int, let handle = FileHandle(forReadingAtPath: path)
    else {
      throw .unreadable(file: path, reason: "it is not a regular file that may be read")
    }
    self.handle = handle
    let header = try Self.bytes(Self.headerLength, at: 0, of: handle, path)
    guard header.starts(with: Self.magic) else {
      throw .badReference(file: path, reason: "it does not begin with \"_logits_\"")
    }
    let numbers = Self.words(header[8...]).map { Int(Int32(bitPattern: $0)) }
    (windowLength, vocabularyCount, windowCount) = (numbers[0], numbers[1], numbers[2])
    guard (4...1 << 20).contains(windowLength), (1...1 << 24).contains(vocabularyCount),
      windowCount > 0
    else {
      throw .badReference(
        file: path,
        reason: "it names \(windowCount) windows of \(windowLength) tokens from \(vocabularyCount)"
      )
    }
    let layout = LogitReferenceLayout(windowLength: windowLength, vocabularyCount: vocabularyCount)
    guard let expected = layout.byteCount(windowCount: windowCount), expected == size else {
      throw .badReference(file: path, reason: "it has \(size) bytes, which its header contradicts")
    }
    let stored = try Self.bytes(
      windowCount * windowLength * 4,
      at: Self.headerLength,
      of: handle,
      path
    )
    tokens = Self.words(stored[...]).map { Int32(bitPattern: $0) }
    if let token = tokens.first(where: { $0 < 0 || $0 >= vocabularyCount }) {
      throw .badReference(
        file: path,
        reason: "token \(token) is not in a vocabulary of \(vocabularyCount)"
      )
    }
  }

  deinit { try? handle.close() }

  /// The log-probabilities of row `row` of window `window`, and the least that a row can hold.
  ///
  /// Those that were not kept are minus infinity; what is left of them is the least. [V]
  ///
  /// - Throws: `EvaluationError.badReference` for a row that holds no distribution.
  package func row(
    _ row: Int,
    window: Int
  ) throws(EvaluationError) -> (values: [Float], least: Float) {
    let layout = LogitReferenceLayout(windowLength: windowLength, vocabularyCount: vocabularyCount)
    let offset = layout.offset(ofRow: row, window: window, windowCount: windowCount)
    let bytes = try Self.bytes(layout.rowByteCount, at: offset, of: handle, path)
    let numbers = Self.words(bytes[..<8]).map { Float(bitPattern: $0) }
    let (scale, least) = (numbers[0], numbers[1])
    // A little above 0 is what rounding makes of a token that is certain.
    guard scale >= 0, scale.isFinite, least.isFinite, least + 65_535 * scale <= 0.01 else {
      throw .badReference(
        file: path,
        reason: "row \(row) of window \(window) has scale \(scale) and least \(least)"
      )
    }
    var values = [Float](repeating: -.infinity, count: vocabularyCount)
    var isEmpty = true
    let codes = bytes.span
    for index in 0..<vocabularyCount {
      let code = UInt16(codes[8 + 2 * index]) | UInt16(codes[9 + 2 * index]) << 8
      let value = least + scale * Float(code)
      if value > Self.floor {
        values[index] = value
        isEmpty = false
      }
    }
    guard !isEmpty else {
      throw .badReference(file: path, reason: "row \(row) of window \(window) expects nothing")
    }
    return (values, least)
  }

  private static func bytes(
    _ count: Int,
    at offset: Int,
    of handle: FileHandle,
    _ path: String
  ) throws(EvaluationError) -> [UInt8] {
    do {
      try handle.seek(toOffset: UInt64(offset))
      let data = try handle.read(upToCount: count) ?? Data()
      if data.count == count { return Array(data) }
    } catch {
      throw .unreadable(file: path, reason: error.localizedDescription)
    }
    throw .badReference(file: path, reason: "it ends too early")
  }

  private static func words(_ bytes: ArraySlice<UInt8>) -> [UInt32] {
    stride(from: bytes.startIndex, to: bytes.endIndex - 3, by: 4).map { start in
      (0..<4).reduce(0) { $0 | UInt32(bytes[start + $1]) << (8 * UInt32($1)) }
    }
  }
}
