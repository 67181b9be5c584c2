// Owns: the small steps that all pre-tokenizers share. Not their patterns.

/// Steps over the code points of a text.
///
/// A stray byte counts as an unassigned code point.
enum Scan {
  /// The category of `code`, as a bit of `CategorySet`.
  @inline(__always)
  static func bits(_ code: UInt32, _ table: Span<UInt8>) -> UInt32 {
    code < 0x110000 ? 1 &<< UInt32(table[Int(code)]) : 1
  }

  /// The category of the code point at `start`.
  @inline(__always)
  static func bits(
    _ text: Span<UInt8>,
    at start: Int,
    _ end: Int,
    _ table: Span<UInt8>
  ) -> UInt32 {
    bits(UTF8Scalar(text, at: start, end: end).code, table)
  }

  /// Where the run of code points of `set` ends that begins at `start`.
  @inline(__always)
  static func run(
    _ set: CategorySet,
    _ text: Span<UInt8>,
    _ start: Int,
    _ end: Int,
    _ table: Span<UInt8>
  ) -> Int {
    var at = start
    while at < end {
      let scalar = UTF8Scalar(text, at: at, end: end)
      if bits(scalar.code, table) & set.rawValue == 0 { break }
      at += scalar.count
    }
    return at
  }

  /// Where the run ends of code points that are not in `set`.
  @inline(__always)
  static func run(
    without set: CategorySet,
    _ text: Span<UInt8>,
    _ start: Int,
    _ end: Int,
    _ table: Span<UInt8>
  ) -> Int {
    var at = start
    while at < end {
      let scalar = UTF8Scalar(text, at: at, end: end)
      if bits(scalar.code, table) & set.rawValue != 0 { break }
      at += scalar.count
    }
    return at
  }

  /// Where the run of at most `count` code points of `set` ends.
  static func run(
    _ set: CategorySet,
    atMost count: Int,
    _ text: Span<UInt8>,
    _ start: Int,
    _ end: Int,
    _ table: Span<UInt8>
  ) -> Int {
    var at = start
    var left = count
    while at < end, left > 0 {
      let scalar = UTF8Scalar(text, at: at, end: end)
      if bits(scalar.code, table) & set.rawValue == 0 { break }
      at += scalar.count
      left -= 1
    }
    return at
  }

  /// Where the code point before `at` begins; one back where the bytes there are not UTF-8.
  static func previous(_ text: Span<UInt8>, _ low: Int, _ at: Int) -> Int {
    for length in 2...4 where at - length >= low && text[at - 1] >= 0x80 {
      let scalar = UTF8Scalar(text, at: at - length, end: at)
      if scalar.count == length { return at - length }
    }
    return at - 1
  }

  /// Where `\s*[\r\n]+`, `\s+(?!\S)` or `\s+` ends, tried in this order; `start` must be white space.
  ///
  /// The second leaves the last space to the word that follows.
  static func space(
    _ text: Span<UInt8>,
    _ start: Int,
    _ end: Int,
    _ table: Span<UInt8>,
    newlines: Bool
  ) -> Int {
    var at = start
    var last = start
    var newline = -1
    while at < end {
      let scalar = UTF8Scalar(text, at: at, end: end)
      if bits(scalar.code, table) & CategorySet.space.rawValue == 0 { break }
      last = at
      at += scalar.count
      if scalar.code == 0x0A || scalar.code == 0x0D { newline = at }
    }
    if newlines, newline >= 0 { return newline }
    return at == end || last == start ? at : last
  }

  /// Where one of 's 't 're 've 'm 'll 'd ends that begins at `start`, or `start`.
  static func contraction(
    _ text: Span<UInt8>,
    _ start: Int,
    _ end: Int,
    ignoresCase: Bool
  ) -> Int {
    guard start + 1 < end, text[start] == 0x27 else { return start }
    let fold: UInt8 = ignoresCase ? 0x20 : 0
    switch text[start + 1] | fold {
    case 0x73, 0x74, 0x6D, 0x64: return start + 2
    case 0x72, 0x76: return start + 2 < end && text[start + 2] | fold == 0x65 ? start + 3 : start
    case 0x6C: return start + 2 < end && text[start + 2] | fold == 0x6C ? start + 3 : start
    default:
      // U+017F, the long s, is an s in another case.
      let isLongS = start + 2 < end && text[start + 1] == 0xC5 && text[start + 2] == 0xBF
      return ignoresCase && isLongS ? start + 3 : start
    }
  }

  /// Where the run of `\r`, `\n` and, if asked, `/` ends that begins at `start`.
  static func lineEnds(_ text: Span<UInt8>, _ start: Int, _ end: Int, slash: Bool) -> Int {
    var at = start
    while at < end, text[at] == 0x0A || text[at] == 0x0D || (slash && text[at] == 0x2F) { at += 1 }
    return at
  }
}
