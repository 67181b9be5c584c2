// Owns: hashing short byte strings one byte at a time. Not the tables that use it.

/// A hash of bytes that are added one by one, so that all the prefixes of a text cost one pass.
///
/// It also keeps the first eight bytes as one word. With the length they tell short strings apart by themselves, so
/// that most look-ups touch one place of memory.
struct ByteHash {
  /// The first eight bytes, the first lowest; zeros past the end.
  var head: UInt64 { count < 8 ? word : first }
  private(set) var count = 0
  private var first: UInt64 = 0
  private var word: UInt64 = 0
  private var state: UInt64

  /// The hash of no bytes.
  @inline(__always)
  init(seed: UInt64) { state = seed }

  /// The hash of `start..<end`.
  @inline(__always)
  init(_ text: Span<UInt8>, _ start: Int, _ end: Int, seed: UInt64) {
    state = seed
    for at in start..<end { add(text[at]) }
  }

  @inline(__always)
  mutating func add(_ byte: UInt8) {
    word |= UInt64(byte) &<< UInt64(truncatingIfNeeded: (count & 7) * 8)
    count += 1
    if count & 7 == 0 {
      if count == 8 { first = word }
      state = (state ^ word) &* 0x9E37_79B9_7F4A_7C15
      state ^= state >> 29
      word = 0
    }
  }

  /// The hash of the bytes so far.
  @inline(__always)
  var value: UInt64 {
    var x = (state ^ word) &* 0x9E37_79B9_7F4A_7C15
    x = (x ^ x >> 32 ^ UInt64(truncatingIfNeeded: count)) &* 0xD6E8_FEB8_6659_FD93
    return x ^ x >> 32
  }
}
