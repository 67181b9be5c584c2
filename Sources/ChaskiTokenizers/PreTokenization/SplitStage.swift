// Owns: the patterns at which texts are cut, as scanners. Not their combinations for each model (Formats/).

/// One pattern.
///
/// What it matches and what lies between two matches are pieces of their own.
///
/// Source: the regular expressions in the models' tokenizer.json and tiktoken definitions, given at each case.
/// Every scanner takes time linear in the text.
enum SplitStage: Sendable, Equatable {
  /// GPT-2: `'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`.
  case gpt2
  /// Llama 3, Qwen 2 and cl100k: `(?i:'s|...)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,max}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`.
  case words(maximumDigits: Int, contractions: Bool)
  /// o200k, Llama 4 and Mistral tekken, which also cut before a capital.
  case casedWords(maximumDigits: Int, contractions: Bool)
  /// Qwen 3.5: as `words` with one digit, marks counting as letters.
  case markedWords
  /// DeepSeek V3's last pattern.
  case deepSeekWords
  /// `X{minimum,maximum}` for a set X.
  case run(CodePointSet, minimum: Int, maximum: Int)
  /// `\s?X+` for a set X.
  case spacedRun(CodePointSet)
  /// `\s+$`.
  case trailingSpace
  /// Before every space, which goes with the word after it.
  case beforeSpaces

  /// Where the piece ends that begins at `start`, in `start..<end` alone.
  func pieceEnd(_ text: Span<UInt8>, _ start: Int, _ end: Int, _ table: Span<UInt8>) -> Int {
    switch self {
    case .gpt2: return Self.gpt2(text, start, end, table)
    case .words(let maximum, let contractions):
      return Self.words(text, start, end, table, maximum, contractions)
    case .casedWords(let maximum, let contractions):
      return Self.casedWords(text, start, end, table, maximum, contractions)
    case .markedWords: return Self.markedWords(text, start, end, table)
    case .trailingSpace:
      let tail = Self.tail(text, start, end, table)
      return start < tail ? tail : end
    case .beforeSpaces:
      var at = start + 1
      while at < end, text[at] != 0x20 { at += 1 }
      return at
    case .deepSeekWords, .run, .spacedRun: break
    }
    if let match = match(text, start, end, table) { return match }
    var at = start
    repeat {
      at += UTF8Scalar(text, at: at, end: end).count
    } while at < end && match(text, at, end, table) == nil
    return at
  }

  /// Where the match ends that begins at `start`, for patterns that need not match everywhere.
  private func match(
    _ text: Span<UInt8>,
    _ start: Int,
    _ end: Int,
    _ table: Span<UInt8>
  ) -> Int? {
    switch self {
    case .deepSeekWords: return Self.deepSeekWords(text, start, end, table)
    case .run(let set, let minimum, let maximum):
      return Self.run(set, minimum, maximum, text, start, end, table)
    case .spacedRun(let set):
      let first = UTF8Scalar(text, at: start, end: end)
      let isSpace = Scan.bits(first.code, table) & CategorySet.space.rawValue != 0
      if isSpace, let found = Self.run(set, 1, .max, text, start + first.count, end, table) {
        return found
      }
      return Self.run(set, 1, .max, text, start, end, table)
    default: return nil
    }
  }

  private static func run(
    _ set: CodePointSet,
    _ minimum: Int,
    _ maximum: Int,
    _ text: Span<UInt8>,
    _ start: Int,
    _ end: Int,
    _ table: Span<UInt8>
  ) -> Int? {
    var at = start
    var count = 0
    while at < end, count < maximum {
      let scalar = UTF8Scalar(text, at: at, end: end)
      guard set.contains(scalar.code, table) else { break }
      at += scalar.count
      count += 1
    }
    return count >= minimum ? at : nil
  }

  /// Where the white space at the end of `start..<end` begins.
  private static func tail(
    _ text: Span<UInt8>,
    _ start: Int,
    _ end: Int,
    _ table: Span<UInt8>
  ) -> Int {
    var at = end
    while at > start {
      let before = Scan.previous(text, start, at)
      if Scan.bits(text, at: before, at, table) & CategorySet.space.rawValue == 0 { break }
      at = before
    }
    return at
  }
}
