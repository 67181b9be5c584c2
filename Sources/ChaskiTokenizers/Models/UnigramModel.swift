// Owns: the most likely pieces of a text under a unigram model. Not where the scores come from.

/// Unigram language model: the pieces whose scores sum to the most, found by Viterbi.
///
/// Source: Kudo 2018, https://arxiv.org/abs/1804.10959; sentencepiece `unigram_model.cc`.
struct UnigramModel: Sendable {
  /// The pieces that text may become.
  var trie: ByteTrie
  /// One score for each token of the vocabulary.
  var scores: [Float]
  /// The score of a character that is no piece.
  var unknownScore: Double
  var fallback: Fallback
  /// Pieces never reach across these places.
  var safeCuts: SafeCuts

  /// The best way to a place of the text.
  fileprivate struct Way {
    var score = -Double.infinity
    var start: Int32 = 0
    var id: TokenID = -1
  }

  /// What one call remembers.
  struct Workspace {
    fileprivate var ways: [Way] = []
    fileprivate var path: [Int] = []
    fileprivate var cache = WordCache()
  }

  private static let pieceLimit = 1 << 30

  /// Adds the ids of `start..<end` to `output`.
  func encode(
    _ text: Span<UInt8>,
    _ start: Int,
    _ end: Int,
    preTokenizer: PreTokenizer,
    workspace: inout Workspace,
    to output: inout [TokenID]
  ) {
    let table = CategoryTable.positions.span
    var followsUnknown = false
    var cursor = preTokenizer.cursor(start, end)
    while let piece = cursor.next(text, table) {
      var at = piece.lowerBound
      while at < piece.upperBound {
        let stop = safeCuts.next(text, at, min(piece.upperBound, at + Self.pieceLimit))
        encodePiece(text, at, stop, &workspace, &followsUnknown, &output)
        at = stop
      }
    }
  }

  private func encodePiece(
    _ text: Span<UInt8>,
    _ start: Int,
    _ end: Int,
    _ workspace: inout Workspace,
    _ followsUnknown: inout Bool,
    _ output: inout [TokenID]
  ) {
    let isKept = end - start <= WordCache.textLimit
    let hash = WordCache.hash(text, start, isKept ? end : start)
    if isKept, workspace.cache.append(text, start, end, hash, to: &output) {
      followsUnknown = false
      return
    }
    let first = output.count
    findWays(text, start, end, &workspace.ways)
    let isPlain = appendPath(text, start, end, &workspace, &followsUnknown, &output)
    if isKept, isPlain { workspace.cache.insert(text, start, end, hash, output, from: first) }
  }

  private func findWays(_ text: Span<UInt8>, _ start: Int, _ end: Int, _ ways: inout [Way]) {
    ways.removeAll(keepingCapacity: true)
    ways.append(contentsOf: repeatElement(Way(), count: end - start + 1))
    ways[0].score = 0
    var at = start
    while at < end {
      let length = UTF8Scalar(text, at: at, end: end).count
      let base = ways[at - start].score
      var node = ByteTrie.root
      var stop = at
      var coversCharacter = false
      while stop < end, let next = trie.step(node, text[stop]) {
        node = next
        stop += 1
        let id = trie.values[node]
        guard id >= 0 else { continue }
        if stop - at == length { coversCharacter = true }
        improve(&ways[stop - start], base + Double(scores[Int(id)]), at - start, id)
      }
      if !coversCharacter {
        improve(&ways[at + length - start], base + unknownScore, at - start, -1)
      }
      at += length
    }
  }

  @inline(__always)
  private func improve(_ way: inout Way, _ score: Double, _ start: Int, _ id: TokenID) {
    if score > way.score {
      way = Way(score: score, start: Int32(truncatingIfNeeded: start), id: id)
    }
  }

  private func appendPath(
    _ text: Span<UInt8>,
    _ start: Int,
    _ end: Int,
    _ workspace: inout Workspace,
    _ followsUnknown: inout Bool,
    _ output: inout [TokenID]
  ) -> Bool {
    workspace.path.removeAll(keepingCapacity: true)
    var at = end - start
    while at > 0 {
      workspace.path.append(at)
      at = Int(workspace.ways[at].start)
    }
    var isPlain = true
    for stop in workspace.path.reversed() {
      let way = workspace.ways[stop]
      if way.id >= 0 {
        output.append(way.id)
        followsUnknown = false
      } else {
        isPlain = false
        fallback.append(
          text,
          start + Int(way.start),
          start + stop,
          follows: &followsUnknown,
          to: &output
        )
      }
    }
    return isPlain
  }
}
