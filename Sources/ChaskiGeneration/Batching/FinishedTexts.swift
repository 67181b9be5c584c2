// Owns: the texts of finished answers that stay in the cache until their pages are needed.
// Does not own: finding them (PrefixIndex).

/// Finished texts, which others that begin alike go on from.
struct FinishedTexts {
  private struct Entry {
    let timeline: Timeline
    let scope: String
    var lastUse: Int
  }

  private var entries: [UInt64: Entry] = [:]
  private var clock = 0

  /// The most texts kept: each costs its tokens' memory beside its pages.
  private static let countLimit = 4096

  /// How many there are.
  var count: Int { entries.count }

  /// The text `id`, if it is one of `scope`.
  func timeline(_ id: UInt64, scope: String) -> Timeline? {
    entries[id].flatMap { $0.scope == scope ? $0.timeline : nil }
  }

  /// Keeps `timeline` as `id`.
  mutating func insert(_ timeline: Timeline, _ id: UInt64, scope: String) {
    clock += 1
    entries[id] = Entry(timeline: timeline, scope: scope, lastUse: clock)
  }

  /// Whether there are more texts than are kept.
  var isOverfull: Bool { entries.count > Self.countLimit }

  /// Notes that text `id` was of use.
  mutating func noteUse(_ id: UInt64) {
    clock += 1
    entries[id]?.lastUse = clock
  }

  /// Forgets text `id`.
  mutating func remove(_ id: UInt64) {
    entries[id] = nil
  }

  /// The text that was not used for the longest time.
  var leastRecentlyUsed: UInt64? {
    entries.min { $0.value.lastUse < $1.value.lastUse }?.key
  }
}
