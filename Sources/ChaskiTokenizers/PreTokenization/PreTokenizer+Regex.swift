// Owns: which scanner each known regular expression is. There is no regular expression engine here.

extension PreTokenizer {
  private static let contraction = "(?i:'s|'t|'re|'ve|'m|'ll|'d)"
  private static let upper = #"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]"#
  private static let lower = #"[\p{Ll}\p{Lm}\p{Lo}\p{M}]"#
  private static let before = #"[^\r\n\p{L}\p{N}]?"#
  private static let spaces = #"\s*[\r\n]+|\s+(?!\S)|\s+"#

  /// The stages of a pattern that a file gives as a regular expression, or nil for an unknown one.
  static func stages(regex: String) -> [SplitStage]? {
    // Files write line ends as themselves or escaped, which is the same to every engine.
    let pattern = String(
      decoding: Normalizer.Step.replacing(
        [0x0A],
        with: Array(#"\n"#.utf8),
        in: Normalizer.Step.replacing([0x0D], with: Array(#"\r"#.utf8), in: Array(regex.utf8))
      ),
      as: UTF8.self
    )
    if let stages = known[pattern] { return stages }
    return pattern.hasPrefix(#"\s?[A-Za-zµÀ-ÖØ-öø-ƺƼ-ƿǄ-ʓʕ-ʯͰ-ͳͶͷͻ-ͽͿΆΈ-ΊΌΎ-ΡΣ-ϵ"#)
      ? [.spacedRun(.deepSeekLetters)] : nil
  }

  /// A pre-tokenizer of these stages as `tokenizer.json` has it, or nil for stages that no expression is known
  /// for.
  static func json(_ stages: [SplitStage]) -> String? {
    var text = JSONText()
    text.raw(#"{"type":"Sequence","pretokenizers":["#)
    // The last step, which spells bytes, can split as GPT-2 does, too.
    let splitsAtEnd = stages.last == .gpt2
    for stage in splitsAtEnd ? stages.dropLast() : stages[...] {
      // Of several spellings of one expression the first in order, so that equal calls write equal files.
      guard let pattern = known.filter({ $0.value == [stage] }).keys.min() else { return nil }
      text.raw(#"{"type":"Split","pattern":{"Regex":"#)
      text.string(pattern.utf8)
      text.raw(#"},"behavior":"Isolated","invert":false},"#)
    }
    text.raw(#"{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true,"use_regex":"#)
    text.raw("\(splitsAtEnd)}]}")
    return String(decoding: text.bytes, as: UTF8.self)
  }

  private static let known: [String: [SplitStage]] = {
    var table = runs
    for (digits, maximum) in [(#"\p{N}{1,3}"#, 3), (#"\p{N}"#, 1), (#"\p{N}+"#, Int.max)] {
      let rest = #"| ?[^\s\p{L}\p{N}]+[\r\n]*|"# + spaces
      let words = before + #"\p{L}+|"# + digits + rest
      table[contraction + "|" + words] = [.words(maximumDigits: maximum, contractions: true)]
      table[words] = [.words(maximumDigits: maximum, contractions: false)]
      let casedRest = #"| ?[^\s\p{L}\p{N}]+[\r\n/]*|"# + spaces
      for ending in ["", contraction + "?"] {
        let cased =
          before + upper + "*" + lower + "+" + ending + "|" + before + upper + "+" + lower + "*"
          + ending + "|" + digits + casedRest
        table[cased] = [.casedWords(maximumDigits: maximum, contractions: !ending.isEmpty)]
      }
    }
    return table
  }()

  private static let runs: [String: [SplitStage]] = [
    #"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"#: .gpt2,
    #"'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"#: .gpt2,
    contraction
      + #"|[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+|\p{N}| ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*|"# + spaces:
      [.markedWords],
    ##"[!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+"##
      + #"|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|"# + spaces:
      [.deepSeekWords],
    "[一-龥぀-ゟ゠-ヿ]+": [.run(.deepSeekV3CJK, minimum: 1, maximum: .max)],
    "[一-龥ࠀ-一가-퟿]+": [.run(.deepSeekCJK, minimum: 1, maximum: .max)],
    #"\p{N}{1,3}"#: [.run(CodePointSet(.number), minimum: 1, maximum: 3)],
    #"\p{N}"#: [.run(CodePointSet(.number), minimum: 1, maximum: 1)],
    #"\p{N}+"#: [.run(CodePointSet(.number), minimum: 1, maximum: .max)],
    #"[\r\n]"#: [.run(.lineEnds, minimum: 1, maximum: 1)],
    #"\s?\p{L}+"#: [.spacedRun(CodePointSet(.letter))],
    #"\s?\p{P}+"#: [.spacedRun(CodePointSet(.punctuation))],
    "\\s?[!-/:-~！-／：-～‘-‟　-。]+": [.spacedRun(.deepSeekPunctuation)],
    #"\s+$"#: [.trailingSpace],
    "[0-9][0-9][0-9]": [.run(.asciiDigits, minimum: 3, maximum: 3)],
  ]
}
