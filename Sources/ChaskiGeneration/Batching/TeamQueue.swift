// Owns: the requests of one team, in their order. Does not own: the teams' order (VirtualTimes).

/// A team's requests by what they wait for.
package struct TeamQueue: Sendable {
  /// What a request waits for.
  package enum Phase: Sendable {
    /// To come into the cache.
    case waiting
    /// For the rest of its text to be read.
    case reading
    /// For its next token.
    case writing
  }

  /// A request.
  package struct Item: Sendable {
    /// The request's number, which grows with its age.
    package let id: UInt64
    /// The higher comes first.
    package let priority: Int
    /// Which of its team's turns its last token was; 0 if it has none yet.
    package fileprivate(set) var lastTurn = 0
  }

  /// Those that wait to come into the cache.
  package private(set) var waiting: [Item] = []
  /// Those whose texts are being read.
  package private(set) var reading: [Item] = []
  /// Those that get tokens.
  package private(set) var writing: [Item] = []
  /// Tokens given to the team's answers so far.
  private var turnCount = 0
  /// Tokens read and generated for the team so far.
  package var tokenCount = 0

  /// Whether the team asks for anything.
  package var isActive: Bool { !(waiting.isEmpty && reading.isEmpty && writing.isEmpty) }

  /// How many sequences the team has in the cache.
  package var residentCount: Int { reading.count + writing.count }

  /// Puts `item` where its phase, priority and age belong.
  mutating func insert(_ item: Item, _ phase: Phase) {
    switch phase {
    case .waiting: Self.insert(item, into: &waiting)
    case .reading: Self.insert(item, into: &reading)
    case .writing: Self.insert(item, into: &writing)
    }
  }

  /// Takes a request out of `phase`.
  mutating func remove(_ id: UInt64, _ phase: Phase) -> Item? {
    switch phase {
    case .waiting: Self.remove(id, from: &waiting)
    case .reading: Self.remove(id, from: &reading)
    case .writing: Self.remove(id, from: &writing)
    }
  }

  /// Notes that request `id` gets a token.
  mutating func noteToken(_ id: UInt64) {
    guard let index = writing.firstIndex(where: { $0.id == id }) else { return }
    turnCount += 1
    writing[index].lastTurn = turnCount
  }

  /// The requests that wait for a token: the higher priority first, then who waited longest.
  var writingInTurn: [UInt64] {
    writing.sorted {
      if $0.priority != $1.priority { return $0.priority > $1.priority }
      // Turns, not steps: of those that got a token in one step somebody must be left out of the next, and by
      // their ages it would be the youngest two in turn.
      if $0.lastTurn != $1.lastTurn { return $0.lastTurn < $1.lastTurn }
      return $0.id < $1.id
    }.map(\.id)
  }

  private static func insert(_ item: Item, into items: inout [Item]) {
    var (low, high) = (0, items.count)
    while low < high {
      let middle = (low + high) / 2
      let other = items[middle]
      let isBefore =
        other.priority != item.priority ? other.priority > item.priority : other.id < item.id
      if isBefore { low = middle + 1 } else { high = middle }
    }
    items.insert(item, at: low)
  }

  private static func remove(_ id: UInt64, from items: inout [Item]) -> Item? {
    guard let index = items.firstIndex(where: { $0.id == id }) else { return nil }
    return items.remove(at: index)
  }
}
