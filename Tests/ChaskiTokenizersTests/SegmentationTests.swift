// Owns: the algorithms against plain ones, on small vocabularies. Not real vocabularies (ReferenceTests).

import ChaskiTokenizers
import Foundation
import Testing

@Suite struct SegmentationTests {
  /// Merges the pair of lowest rank, leftmost first, looking at all pairs each time.
  private func merged(_ text: String, _ ranks: [String: Int]) -> [String] {
    var symbols = text.map(String.init)
    while true {
      let pairs = zip(symbols, symbols.dropFirst()).enumerated().compactMap { index, pair in
        ranks[pair.0 + " " + pair.1].map { (rank: $0, index: index) }
      }
      guard let best = pairs.min(by: { ($0.rank, $0.index) < ($1.rank, $1.index) }) else {
        return symbols
      }
      symbols.replaceSubrange(
        best.index...best.index + 1,
        with: [symbols[best.index] + symbols[best.index + 1]]
      )
    }
  }

  @Test(arguments: [3, 10, 30, 100, 400])
  func `merging equals looking at every pair each time`(length: Int) throws {
    let merges = ["a b", "ab a", "b b", "a a", "aa aa", "bb ab", "aab b", "aa b", "c a", "ca b"]
    let tokenizer = try Tokenizer(gguf: TinyVocabulary.byteLevel(merges: merges))
    let ranks = Dictionary(uniqueKeysWithValues: merges.enumerated().map { ($1, $0) })
    var random = SplitMix(state: UInt64(length))
    for _ in 0..<200 {
      let text = String(
        (0..<length).map { _ in ["a", "b", "c"].randomElement(using: &random) ?? "a" }
      )
      let ids = tokenizer.encode(text, addSpecialTokens: false, parseSpecialTokens: false)
      let found = ids.map { String(decoding: tokenizer.bytes(of: $0), as: UTF8.self) }
      #expect(found == merged(text, ranks))
    }
  }

  @Test func `cutting at safe places changes nothing`() throws {
    // The two vocabularies differ in one piece that has a space in its middle, which forbids cuts after b.
    let pieces = ["▁", "a", "b", "▁a", "ab", "▁ab", "a▁", "bb", "▁▁"]
    let tokenizer = try Tokenizer(gguf: TinyVocabulary.sentencePiece(pieces))
    var random = SplitMix(state: 5)
    let spelled = pieces.map { $0.replacing("▁", with: " ") }
    for _ in 0..<500 {
      let text = String((0..<40).map { _ in ["a", "b", " "].randomElement(using: &random) ?? "a" })
      let ids = tokenizer.encode(text, addSpecialTokens: false, parseSpecialTokens: false)
      let found = ids.map { String(decoding: tokenizer.bytes(of: $0), as: UTF8.self) }
      #expect(found == scored(" " + text, spelled))
    }
  }

  /// Merges the neighbours that make the piece of best score, leftmost first.
  private func scored(_ text: String, _ pieces: [String]) -> [String] {
    var symbols = text.map(String.init)
    while true {
      let pairs = zip(symbols, symbols.dropFirst()).enumerated().compactMap { index, pair in
        pieces.firstIndex(of: pair.0 + pair.1).map { (rank: $0, index: index) }
      }
      guard let best = pairs.min(by: { ($0.rank, $0.index) < ($1.rank, $1.index) }) else {
        return symbols
      }
      symbols.replaceSubrange(
        best.index...best.index + 1,
        with: [symbols[best.index] + symbols[best.index + 1]]
      )
    }
  }

  @Test func `a unigram model finds the best of all ways`() throws {
    let pieces: [(text: String, score: Float)] = [
      ("a", -2), ("b", -2.5), ("ab", -3.1), ("ba", -4.2), ("aba", -5.3), ("bb", -4.6), ("▁", -1.7),
      ("▁a", -2.9),
      ("abb", -5.55),
    ]
    let file = TinyVocabulary.protobuf(
      [("<unk>", 0, 2)] + pieces.map { ($0.text, $0.score, 1) },
      modelType: 1
    )
    let tokenizer = try Tokenizer(sentencePiece: file)
    var random = SplitMix(state: 11)
    for _ in 0..<300 {
      let text = String((0..<14).map { _ in ["a", "b", " "].randomElement(using: &random) ?? "a" })
      let ids = tokenizer.encode(text, addSpecialTokens: false, parseSpecialTokens: false)
      #expect(tokenizer.decodeBytes(ids, skipSpecialTokens: false) == Array(text.utf8))
      let score = ids.reduce(0.0) { $0 + Double(pieces[Int($1) - 1].score) }
      #expect(abs(score - best(text.replacing(" ", with: "▁"), pieces)) < 1e-9)
    }
    // One unknown token for a run of characters that no piece covers.
    #expect(
      tokenizer.encode("axyb", addSpecialTokens: false, parseSpecialTokens: false) == [1, 0, 2]
    )
  }

  private func best(_ text: String, _ pieces: [(text: String, score: Float)]) -> Double {
    var scores: [Int: Double] = [0: 0]
    let characters = Array(text)
    for end in 1...characters.count {
      for start in 0..<end {
        let part = String(characters[start..<end])
        guard let before = scores[start], let piece = pieces.first(where: { $0.text == part })
        else {
          continue
        }
        scores[end] = max(scores[end] ?? -.infinity, before + Double(piece.score))
      }
    }
    return scores[characters.count] ?? -.infinity
  }
}
