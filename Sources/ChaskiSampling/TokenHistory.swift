// Owns: the tokens accepted so far, as far as the penalties look back, and what DRY finds there.
// Not here: how a penalty changes a logit.

/// The tokens that penalties look at.
///
/// Accepting a token costs the same however long the windows are; memory is bounded by the
/// longer window, or by the conversation where a window is unlimited.
struct TokenHistory: Sendable {
  /// How often each token occurs in the penalties' window.
  private(set) var counts: [Int32: Int] = [:]
  private var tokens: [Int32] = []
  private let penaltyWindow: Int
  private let dryWindow: Int
  private let dryBase: Double
  private let dryMultiplier: Double
  private let dryAllowedLength: Int
  // Breakers by their last token, so that accepting a token compares only those it can end.
  private let breakers: [Int32: [[Int32]]]
  private var countSinceBreaker = 0
  private var overlaps: [Int32] = []

  /// An empty history for the windows that the options use.
  init(_ options: SamplingOptions) {
    penaltyWindow = options.usesPenalties ? TokenHistory.window(options.repeatLastN) : 0
    dryWindow = options.usesDry ? TokenHistory.window(options.dryLastN) : 0
    dryBase = options.dryBase
    dryMultiplier = options.dryMultiplier
    dryAllowedLength = options.dryAllowedLength
    var breakers: [Int32: [[Int32]]] = [:]
    for breaker in options.dryBreakers {
      if let last = breaker.last { breakers[last, default: []].append(breaker) }
    }
    self.breakers = breakers
  }

  private static func window(_ lastN: Int) -> Int { lastN < 0 ? .max : lastN }

  /// Adds a token that was generated or read.
  mutating func accept(_ token: Int32) {
    let limit = max(penaltyWindow, dryWindow)
    guard limit > 0 else { return }
    if limit < .max / 4, tokens.count > 2 * limit + 64 { tokens.removeFirst(tokens.count - limit) }
    tokens.append(token)
    if penaltyWindow > 0 {
      counts[token, default: 0] += 1
      if tokens.count > penaltyWindow { forget(tokens[tokens.count - 1 - penaltyWindow]) }
    }
    if dryWindow > 0 {
      countSinceBreaker = endsWithBreaker(token) ? 0 : countSinceBreaker + 1
    }
  }

  /// Forgets every token.
  mutating func removeAll() {
    counts.removeAll(keepingCapacity: true)
    tokens.removeAll(keepingCapacity: true)
    countSinceBreaker = 0
  }

  private mutating func forget(_ token: Int32) {
    guard let count = counts[token] else { return }
    counts[token] = count > 1 ? count - 1 : nil
  }

  private func endsWithBreaker(_ token: Int32) -> Bool {
    guard let candidates = breakers[token] else { return false }
    return candidates.contains { breaker in
      breaker.count <= tokens.count && tokens.suffix(breaker.count).elementsEqual(breaker)
    }
  }

  /// The penalty of each token that would lengthen a repetition.
  ///
  /// A token that followed an earlier copy of the last n tokens, n at least the allowed length,
  /// costs multiplier * base^(n - allowed length), for the largest such n; copies reach back to
  /// the last breaker at most, and a breaker of one token is never penalised.
  /// Source: p-e-w, "DRY: A modern repetition penalty", 2024,
  /// <https://github.com/oobabooga/text-generation-webui/pull/5677>.
  mutating func dryPenalties() -> [Int32: Float] {
    let count = min(tokens.count, dryWindow)
    let limit = min(count, countSinceBreaker)
    guard count > dryAllowedLength, limit >= dryAllowedLength else { return [:] }
    findOverlaps(count)
    var lengths: [Int32: Int] = [:]
    for distance in 1..<count {
      let length = min(Int(overlaps[distance]), limit)
      guard length >= dryAllowedLength else { continue }
      let next = tokens[tokens.count - distance]
      if length > lengths[next, default: 0] { lengths[next] = length }
    }
    return penalties(lengths)
  }

  private func penalties(_ lengths: [Int32: Int]) -> [Int32: Float] {
    var penalties: [Int32: Float] = [:]
    for (token, length) in lengths {
      if let ending = breakers[token], ending.contains(where: { $0.count == 1 }) { continue }
      let growth = Elementary.power(dryBase, Double(length - dryAllowedLength))
      // Half the largest float, so that a logit minus it stays finite.
      penalties[token] = Float(min(dryMultiplier * growth, 0x1p127))
    }
    return penalties
  }

  /// Fills `overlaps[d]` with how many of the last tokens equal those `d` before them.
  ///
  /// The Z algorithm (Gusfield, "Algorithms on Strings, Trees, and Sequences", 1997, section 1.4)
  /// on the tokens read backwards: linear in `count` whatever the tokens are.
  private mutating func findOverlaps(_ count: Int) {
    let last = tokens.count - 1
    overlaps.removeAll(keepingCapacity: true)
    overlaps.append(0)
    var start = 0
    var end = 0
    for distance in 1..<count {
      var length = 0
      if distance < end { length = min(Int(overlaps[distance - start]), end - distance) }
      while distance + length < count, tokens[last - length] == tokens[last - length - distance] {
        length += 1
      }
      overlaps.append(Int32(clamping: length))
      if distance + length > end {
        start = distance
        end = distance + length
      }
    }
  }
}

extension SamplingOptions {
  /// Whether the penalties stage changes anything.
  var usesPenalties: Bool {
    stages.contains(.penalties) && repeatLastN != 0
      && (repeatPenalty != 1 || presencePenalty != 0 || frequencyPenalty != 0)
  }

  /// Whether the DRY stage changes anything.
  var usesDry: Bool { stages.contains(.dry) && dryLastN != 0 && dryMultiplier > 0 }
}
