// Owns: the longest entry that begins at a place of a text. Not what the entries mean.

/// A trie over bytes whose entries are ids.
///
/// The edges lie in one hash table keyed by node and byte, so that a trie costs three allocations whatever its
/// shape. Seeded like `PieceIndex`, for the same reason.
struct ByteTrie: Sendable {
  /// The id that ends at each node, or -1.
  ///
  /// Node 0 is the root.
  private(set) var values: [TokenID] = [-1]
  /// The upper half is node times 256 plus byte, the lower the child; 0 is a free place.
  private var edges: [UInt64]
  private var mask: Int
  private let seed: UInt64
  /// Whether any entry begins with a byte.
  private var begins = [Bool](repeating: false, count: 256)

  static let root = 0
  /// The most nodes: an edge's key has 24 bits for its node.
  static let nodeLimit = 1 << 24

  /// An empty trie.
  init() {
    edges = [UInt64](repeating: 0, count: 64)
    mask = 63
    seed = UInt64.random(in: 0...UInt64.max)
  }

  var isEmpty: Bool { values.count == 1 }

  /// Whether any entry begins with `byte`.
  @inline(__always)
  func mayBegin(_ byte: UInt8) -> Bool { begins[Int(byte)] }

  /// Adds an entry; one that is there already is replaced.
  ///
  /// - Throws: `TokenizerError.tooLarge` past `nodeLimit` nodes or `Vocabulary.pieceLimit` bytes.
  mutating func insert(_ entry: some Sequence<UInt8>, _ value: TokenID) throws(TokenizerError) {
    var node = Self.root
    var length = 0
    for byte in entry {
      length += 1
      guard length <= Vocabulary.pieceLimit else {
        throw .tooLarge(what: "bytes in a piece", count: length, limit: Vocabulary.pieceLimit)
      }
      if node == Self.root { begins[Int(byte)] = true }
      node = try child(of: node, byte)
    }
    if node != Self.root { values[node] = value }
  }

  private mutating func child(of node: Int, _ byte: UInt8) throws(TokenizerError) -> Int {
    if let child = step(node, byte) { return child }
    let child = values.count
    guard child < Self.nodeLimit else {
      throw .tooLarge(what: "bytes in pieces", count: child, limit: Self.nodeLimit)
    }
    values.append(-1)
    if values.count * 2 > mask { grow() }
    place(UInt64(node << 8 | Int(byte)) << 32 | UInt64(child))
    return child
  }

  private mutating func grow() {
    let old = edges
    mask = edges.count * 2 - 1
    edges = [UInt64](repeating: 0, count: mask + 1)
    for edge in old where edge != 0 { place(edge) }
  }

  private mutating func place(_ edge: UInt64) {
    var slot = position(edge >> 32)
    while edges[slot] != 0 { slot = (slot + 1) & mask }
    edges[slot] = edge
  }

  @inline(__always)
  private func position(_ key: UInt64) -> Int {
    var x = (key ^ seed) &* 0x9E37_79B9_7F4A_7C15
    x = (x ^ x >> 32) &* 0xD6E8_FEB8_6659_FD93
    return Int(truncatingIfNeeded: x >> 32) & mask
  }

  /// The node one byte further, or nil where no entry goes on so.
  @inline(__always)
  func step(_ node: Int, _ byte: UInt8) -> Int? {
    let key = UInt64(truncatingIfNeeded: node << 8 | Int(byte))
    let edges = edges.span
    var slot = position(key)
    while true {
      let edge = edges[slot]
      if edge == 0 { return nil }
      if edge >> 32 == key { return Int(edge & 0xFFFF_FFFF) }
      slot = (slot + 1) & mask
    }
  }
}
