// Owns: the table of pieces in tokenizer.json: vocabulary and added tokens together. Not the pipeline.

/// All pieces of a `tokenizer.json` by their ids.
struct HuggingFaceVocabulary {
  /// Which algorithm the file is for.
  enum Family {
    case bytePair, unigram, wordPiece
  }

  var family: Family
  var pieces = StringTable()
  var kinds: [TokenKind] = []
  var scores: [Float] = []
  /// The ids of added tokens and of the pieces that the model names.
  var ids: [[UInt8]: TokenID] = [:]
  var unknown: TokenID?

  /// Ids may leave gaps, but no more than this: a gap costs memory.
  private static let gapLimit = 1 << 16

  /// Reads the vocabulary.
  ///
  /// - Throws: `malformedField`, `duplicateID`, `idOutOfRange`, `invalidScore`, `missingToken`, `unsupportedModel`.
  init(
    _ root: JSONValue,
    _ model: JSONValue,
    _ pipeline: HuggingFacePipeline
  ) throws(TokenizerError) {
    family = try Self.family(model)
    var entries = try Self.entries(model, family)
    let added = root["added_tokens"]?.array ?? []
    let count = try Self.count(entries, added)
    kinds = [TokenKind](repeating: .unused, count: count)
    scores = [Float](repeating: 0, count: count)
    // Where each id's text lies in `entries`; added tokens that the model lacks come after its own.
    var places = [Int32](repeating: -1, count: count)
    for (place, entry) in entries.enumerated() {
      guard places[entry.id] < 0 else { throw .duplicateID(id: entry.id) }
      places[entry.id] = Int32(truncatingIfNeeded: place)
      kinds[entry.id] = .normal
      scores[entry.id] = entry.score
    }
    for token in added {
      guard let content = token["content"]?.bytes, let id = token["id"]?.integer else {
        throw .malformedField(path: "added_tokens", expected: "objects with content and id")
      }
      places[id] = Int32(truncatingIfNeeded: entries.count)
      entries.append(Entry(text: content, id: id, score: scores[id]))
      kinds[id] = token["special"]?.bool ?? false ? .control : .userDefined
      ids[content] = TokenID(id)
    }
    for place in places { pieces.append(place < 0 ? [] : entries[Int(place)].text) }
    if family == .bytePair, model["byte_fallback"]?.bool ?? false { markBytes() }
    if family == .unigram, model["byte_fallback"]?.bool ?? false { markBytes() }
    try findUnknown(model, entries)
  }

  private struct Entry {
    var text: [UInt8]
    var id: Int
    var score: Float = 0
  }

  private static func family(_ model: JSONValue) throws(TokenizerError) -> Family {
    switch model["type"]?.text {
    case "BPE": return .bytePair
    case "Unigram": return .unigram
    case "WordPiece": return .wordPiece
    case nil where model["merges"] != nil: return .bytePair
    case let type: throw .unsupportedModel(type ?? "of tokenizer.json without a type")
    }
  }

  private static func entries(
    _ model: JSONValue,
    _ family: Family
  ) throws(TokenizerError) -> [Entry] {
    var entries: [Entry] = []
    if family == .unigram {
      for (id, item) in (model["vocab"]?.array ?? []).enumerated() {
        guard let pair = item.array, pair.count == 2, let text = pair[0].bytes,
          let score = pair[1].number
        else { throw .malformedField(path: "model.vocab[\(id)]", expected: "a piece and a score") }
        guard !score.isNaN else { throw .invalidScore(id: id) }
        entries.append(Entry(text: text, id: id, score: Float(score)))
      }
    } else {
      guard let members = model["vocab"]?.members else {
        throw .malformedField(path: "model.vocab", expected: "an object")
      }
      entries.reserveCapacity(members.count)
      for (name, value) in members {
        guard let id = value.integer else {
          throw .malformedField(
            path: "model.vocab.\(String(decoding: name, as: UTF8.self))",
            expected: "an id"
          )
        }
        entries.append(Entry(text: name, id: id))
      }
    }
    guard !entries.isEmpty else { throw .emptyVocabulary }
    return entries
  }

  /// One more than the largest id.
  private static func count(
    _ entries: [Entry],
    _ added: [JSONValue]
  ) throws(TokenizerError) -> Int {
    let limit = entries.count + added.count + gapLimit
    var count = 0
    for id in entries.lazy.map(\.id) + added.lazy.compactMap({ $0["id"]?.integer }) {
      guard id >= 0, id < limit else {
        throw .idOutOfRange(name: "a piece", id: id, vocabularyCount: limit)
      }
      count = max(count, id + 1)
    }
    return count
  }

  private mutating func markBytes() {
    for id in 0..<pieces.count
    where kinds[id] == .normal && StringTable.namedByte(pieces[id]) != nil {
      kinds[id] = .byte
    }
  }

  private mutating func findUnknown(
    _ model: JSONValue,
    _ entries: [Entry]
  ) throws(TokenizerError) {
    if let id = model["unk_id"]?.integer {
      unknown = try check(id, "model.unk_id")
    } else if let name = model["unk_token"]?.bytes {
      guard let entry = entries.first(where: { $0.text == name }) else {
        throw .missingToken(name: String(decoding: name, as: UTF8.self))
      }
      unknown = TokenID(entry.id)
    }
    if let unknown { kinds[Int(unknown)] = .unknown }
  }

  /// An id of the file as one of the vocabulary's.
  func check(_ id: Int?, _ name: String) throws(TokenizerError) -> TokenID {
    guard let id else { throw .malformedField(path: name, expected: "an id") }
    guard id >= 0, id < kinds.count else {
      throw .idOutOfRange(name: name, id: id, vocabularyCount: kinds.count)
    }
    return TokenID(id)
  }
}
