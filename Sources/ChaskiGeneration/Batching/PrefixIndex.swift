// Owns: finding texts in the cache that begin like a new one. Does not own: the texts (BatchLoop).

import ChaskiTensors

/// Which texts begin with which pages of tokens.
///
/// Each whole page of a text has a key, which is made of its tokens and of the key of the page before it, so one look-up
/// a page finds who shares the beginning so far. A key is a hint: whoever uses a text found here compares
/// tokens. Texts of different scopes have different keys, and are told apart even where keys are equal.
struct PrefixIndex: Sendable {
  private struct Key: Hashable {
    let scope: String
    let hash: UInt64
  }

  private struct Entry {
    let scope: String
    var hashes: [UInt64] = []
  }

  private var texts: [Key: [UInt64]] = [:]
  private var entries: [UInt64: Entry] = [:]
  /// All texts of each scope that have a page, in the order in which they came.
  private var recent: [String: [UInt64]] = [:]
  /// The last texts of each scope that ended without one.
  private var short: [String: [UInt64]] = [:]

  /// The texts of one beginning that are looked at.
  private static let candidateLimit = 16

  /// Adds the whole pages of `tokens`, the text `id` of `scope`, that are not there yet.
  mutating func add(_ id: UInt64, scope: String, tokens: [Int32]) {
    var entry = entries[id] ?? Entry(scope: scope)
    let count = tokens.count / CacheLayout.pageLength
    guard entry.hashes.count < count else { return }
    if entry.hashes.isEmpty { recent[scope, default: []].append(id) }
    for page in entry.hashes.count..<count {
      let hash = Self.hash(tokens, page: page, after: entry.hashes.last)
      entry.hashes.append(hash)
      texts[Key(scope: scope, hash: hash), default: []].append(id)
    }
    entries[id] = entry
  }

  /// Adds the text `id` of `scope`, which ended without a whole page.
  ///
  /// - Returns: A text that is not found any more, as only some of the last of them are.
  mutating func addShort(_ id: UInt64, scope: String) -> UInt64? {
    entries[id] = Entry(scope: scope)
    short[scope, default: []].append(id)
    guard let ids = short[scope], ids.count > Self.candidateLimit else { return nil }
    return ids[0]
  }

  /// Takes the text `id` out.
  mutating func remove(_ id: UInt64) {
    guard let entry = entries.removeValue(forKey: id) else { return }
    recent[entry.scope]?.removeAll { $0 == id }
    if recent[entry.scope]?.isEmpty == true { recent[entry.scope] = nil }
    short[entry.scope]?.removeAll { $0 == id }
    if short[entry.scope]?.isEmpty == true { short[entry.scope] = nil }
    for hash in entry.hashes {
      let key = Key(scope: entry.scope, hash: hash)
      texts[key]?.removeAll { $0 == id }
      if texts[key]?.isEmpty == true { texts[key] = nil }
    }
  }

  /// Some of the last texts of `scope`, the newest first: those that share less than a page are among them.
  func recent(scope: String) -> [UInt64] {
    let last = (recent[scope] ?? []).suffix(Self.candidateLimit)
    return (last + (short[scope] ?? [])).sorted(by: >)
  }

  /// The texts of `scope` that may begin like `tokens`, by how many pages they share with it, most first.
  func candidates(for tokens: [Int32], scope: String) -> [[UInt64]] {
    var found: [[UInt64]] = []
    var last: UInt64?
    for page in 0..<tokens.count / CacheLayout.pageLength {
      let hash = Self.hash(tokens, page: page, after: last)
      guard let ids = texts[Key(scope: scope, hash: hash)] else { break }
      found.append(Array(ids.suffix(Self.candidateLimit)))
      last = hash
    }
    return found.reversed()
  }

  private static func hash(_ tokens: [Int32], page: Int, after last: UInt64?) -> UInt64 {
    let first = page * CacheLayout.pageLength
    var hash = last ?? 0x243F_6A88_85A3_08D3
    for index in first..<first + CacheLayout.pageLength {
      hash = (hash ^ UInt64(UInt32(bitPattern: tokens[index]))) &* 0x9E37_79B9_7F4A_7C15
      hash ^= hash >> 29
    }
    return hash
  }
}
