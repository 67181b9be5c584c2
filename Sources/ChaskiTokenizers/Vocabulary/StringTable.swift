// Owns: many short byte strings in one buffer. Not what they mean.

/// Many strings in one buffer, so that a vocabulary of 100,000 pieces costs two allocations.
///
/// String `i` is `bytes[ends[i - 1]..<ends[i]]`. The strings are bytes: they need not be UTF-8.
package struct StringTable: Sendable, Equatable {
  /// All strings, one after the other.
  package private(set) var bytes: [UInt8]
  /// Where each string ends in `bytes`; never falling, never past the end.
  package private(set) var ends: [Int]

  /// An empty table.
  package init() {
    bytes = []
    ends = []
  }

  /// A table over a buffer that is already laid out.
  ///
  /// - Throws: `TokenizerError.malformedStringTable` where `ends` falls or leaves `bytes`.
  package init(bytes: [UInt8], ends: [Int]) throws(TokenizerError) {
    var last = 0
    for (index, end) in ends.enumerated() {
      guard end >= last, end <= bytes.count else {
        throw .malformedStringTable(index: index, end: end, byteCount: bytes.count)
      }
      last = end
    }
    self.bytes = bytes
    self.ends = ends
  }

  /// A table of `strings`, in order.
  package init(_ strings: some Sequence<String>) {
    self.init()
    for string in strings { append(string.utf8) }
  }

  /// How many strings there are.
  package var count: Int { ends.count }

  /// Makes room for `count` strings of `byteCount` bytes in all.
  package mutating func reserve(count: Int, byteCount: Int) {
    ends.reserveCapacity(count)
    bytes.reserveCapacity(byteCount)
  }

  /// Adds a string at the end.
  package mutating func append(_ string: some Sequence<UInt8>) {
    bytes.append(contentsOf: string)
    ends.append(bytes.count)
  }

  /// Adds one byte to the string under construction, which `endString` closes.
  mutating func append(byte: UInt8) { bytes.append(byte) }

  /// Adds bytes to the string under construction.
  mutating func append(contentsOf part: ArraySlice<UInt8>) { bytes.append(contentsOf: part) }

  /// Adds the bytes that GPT-2's alphabet spells to the string under construction; false, and nothing, if it does not.
  mutating func appendSpelled(_ text: Span<UInt8>, _ range: Range<Int>) -> Bool {
    ByteLevelAlphabet.append(
      text,
      range.lowerBound,
      range.upperBound,
      ByteLevelAlphabet.bytes.span,
      to: &bytes
    )
  }

  /// Closes the string under construction.
  mutating func endString() { ends.append(bytes.count) }

  /// Where string `index` lies in `bytes`.
  package func range(_ index: Int) -> Range<Int> {
    (index == 0 ? 0 : ends[index - 1])..<ends[index]
  }

  /// The bytes of string `index`.
  package subscript(index: Int) -> ArraySlice<UInt8> { bytes[range(index)] }

  /// String `index` as text; bytes that are not UTF-8 become U+FFFD.
  package func text(_ index: Int) -> String { String(decoding: self[index], as: UTF8.self) }
}
