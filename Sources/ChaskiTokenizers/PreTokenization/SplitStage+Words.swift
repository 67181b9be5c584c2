// Owns: the patterns that cut running text into words. Not the simple runs.

extension SplitStage {
  private static let letter = CategorySet.letter.rawValue
  private static let number = CategorySet.number.rawValue
  private static let space = CategorySet.space.rawValue
  private static let mark = CategorySet.mark.rawValue
  private static let wordOrSpace: CategorySet = [.letter, .number, .space]

  @inline(__always)
  private static func isLineEnd(_ code: UInt32) -> Bool { code == 0x0A || code == 0x0D }

  static func gpt2(
    _ text: Span<UInt8>,
    _ start: Int,
    _ end: Int,
    _ table: Span<UInt8>
  ) -> Int {
    if text[start] == 0x27 {
      let stop = Scan.contraction(text, start, end, ignoresCase: false)
      if stop > start { return stop }
    }
    let at = text[start] == 0x20 && start + 1 < end ? start + 1 : start
    let head = UTF8Scalar(text, at: at, end: end)
    let bits = Scan.bits(head.code, table)
    let next = at + head.count
    if bits & letter != 0 { return Scan.run(.letter, text, next, end, table) }
    if bits & number != 0 { return Scan.run(.number, text, next, end, table) }
    if bits & space == 0 { return Scan.run(without: wordOrSpace, text, next, end, table) }
    return Scan.space(text, start, end, table, newlines: false)
  }

  static func words(
    _ text: Span<UInt8>,
    _ start: Int,
    _ end: Int,
    _ table: Span<UInt8>,
    _ maximumDigits: Int,
    _ contractions: Bool
  ) -> Int {
    if contractions, text[start] == 0x27 {
      let stop = Scan.contraction(text, start, end, ignoresCase: true)
      if stop > start { return stop }
    }
    let first = UTF8Scalar(text, at: start, end: end)
    let bits = Scan.bits(first.code, table)
    let next = start + first.count
    if bits & letter != 0 { return Scan.run(.letter, text, next, end, table) }
    if bits & number != 0 {
      return Scan.run(.number, atMost: maximumDigits - 1, text, next, end, table)
    }
    if !isLineEnd(first.code), next < end {
      let stop = Scan.run(.letter, text, next, end, table)
      if stop > next { return stop }
    }
    return othersOrSpace(text, start, end, table, first.code, bits, slash: false)
  }

  /// ` ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`, with `/` among the line ends if asked.
  private static func othersOrSpace(
    _ text: Span<UInt8>,
    _ start: Int,
    _ end: Int,
    _ table: Span<UInt8>,
    _ code: UInt32,
    _ bits: UInt32,
    slash: Bool,
    marksAreLetters: Bool = false
  ) -> Int {
    let stops = marksAreLetters ? [wordOrSpace, .mark] : wordOrSpace
    let at = code == 0x20 ? start + 1 : start
    if code == 0x20 || bits & space == 0 {
      let stop = Scan.run(without: stops, text, at, end, table)
      if stop > at { return Scan.lineEnds(text, stop, end, slash: slash) }
    }
    return Scan.space(text, start, end, table, newlines: true)
  }

  /// As `words` for one digit, with `[\p{L}\p{M}]+` for letters and marks out of the other characters.
  static func markedWords(
    _ text: Span<UInt8>,
    _ start: Int,
    _ end: Int,
    _ table: Span<UInt8>
  ) -> Int {
    let stop = Scan.contraction(text, start, end, ignoresCase: true)
    if stop > start { return stop }
    let first = UTF8Scalar(text, at: start, end: end)
    let bits = Scan.bits(first.code, table)
    let next = start + first.count
    let isWord = bits & (letter | mark) != 0
    if bits & number != 0 { return next }
    if isWord || !isLineEnd(first.code) {
      let stop = Scan.run([.letter, .mark], text, next, end, table)
      if isWord || stop > next { return stop }
    }
    return othersOrSpace(
      text,
      start,
      end,
      table,
      first.code,
      bits,
      slash: false,
      marksAreLetters: true
    )
  }

  /// `[^\r\n\p{L}\p{N}]?U*W+(?i:'s|...)?|[^\r\n\p{L}\p{N}]?U+W*(?i:'s|...)?|\p{N}{1,max}|` and the rest with `[\r\n/]*`,
  /// where U are capitals, W small letters, and letters without case and marks both.
  static func casedWords(
    _ text: Span<UInt8>,
    _ start: Int,
    _ end: Int,
    _ table: Span<UInt8>,
    _ maximumDigits: Int,
    _ contractions: Bool
  ) -> Int {
    let first = UTF8Scalar(text, at: start, end: end)
    let bits = Scan.bits(first.code, table)
    let next = start + first.count
    if bits & number != 0 {
      return Scan.run(.number, atMost: maximumDigits - 1, text, next, end, table)
    }
    if let stop = casedWord(text, start, next, end, table, bits, first.code) {
      return contractions ? Scan.contraction(text, stop, end, ignoresCase: true) : stop
    }
    return othersOrSpace(text, start, end, table, first.code, bits, slash: true)
  }

  private static func casedWord(
    _ text: Span<UInt8>,
    _ start: Int,
    _ next: Int,
    _ end: Int,
    _ table: Span<UInt8>,
    _ bits: UInt32,
    _ code: UInt32
  ) -> Int? {
    if bits & letter != 0 {
      let word = caseRun(text, start, end, table)
      return word.small ?? word.capital
    }
    guard !isLineEnd(code) else { return nil }
    let word = caseRun(text, next, end, table)
    if let small = word.small { return small }
    // A mark may stand before a word or be one.
    if bits & mark != 0, let small = caseRun(text, start, end, table).small { return small }
    return word.capital
  }

  /// Where `U*W+` and `U+W*` end that begin at `start`.
  private static func caseRun(
    _ text: Span<UInt8>,
    _ start: Int,
    _ end: Int,
    _ table: Span<UInt8>
  ) -> (small: Int?, capital: Int?) {
    var at = start
    var small: Int?
    while at < end {
      let scalar = UTF8Scalar(text, at: at, end: end)
      let bits = Scan.bits(scalar.code, table)
      if bits & CategorySet.upper.rawValue == 0 { break }
      at += scalar.count
      if bits & CategorySet.lower.rawValue != 0 { small = at }
    }
    let stop = Scan.run(.lower, text, at, end, table)
    return (stop > at ? stop : small, at > start ? stop : nil)
  }

  /// ``[!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+``.
  static func deepSeekWords(
    _ text: Span<UInt8>,
    _ start: Int,
    _ end: Int,
    _ table: Span<UInt8>
  ) -> Int? {
    let first = UTF8Scalar(text, at: start, end: end)
    let bits = Scan.bits(first.code, table)
    let next = start + first.count
    let signs: CategorySet = [.punctuation, .symbol]
    if first.code < 0x80, bits & signs.rawValue != 0 {
      var at = next
      while at < end, isASCIILetter(text[at]) { at += 1 }
      if at > next { return at }
    }
    let isWord = bits & (letter | mark) != 0
    if isWord || (bits & signs.rawValue == 0 && !isLineEnd(first.code)) {
      let stop = Scan.run([.letter, .mark], text, next, end, table)
      if isWord || stop > next { return stop }
    }
    let at = first.code == 0x20 ? next : start
    let stop = Scan.run(signs, text, at, end, table)
    if stop > at { return Scan.lineEnds(text, stop, end, slash: false) }
    return bits & space != 0 ? Scan.space(text, start, end, table, newlines: true) : nil
  }

  private static func isASCIILetter(_ byte: UInt8) -> Bool {
    (0x61...0x7A).contains(byte | 0x20)
  }
}
