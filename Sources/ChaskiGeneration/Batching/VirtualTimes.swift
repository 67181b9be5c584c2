// Owns: how far each team's service has come, in virtual time. Does not own: what is served (StepPlanner).

/// The virtual times of teams: service received, divided by weight.
///
/// Start-time fair queueing (Goyal, Vin and Cheng 1996, https://doi.org/10.1145/248156.248171), with
/// tokens as its unit as in the virtual token counter of Sheng et al. 2024
/// (https://arxiv.org/abs/2401.00588). Who is served next is the team of the least virtual time. A team that
/// comes back is no earlier than the active ones, and one that had all it asked for keeps no claim: what
/// nobody else could use is held against nobody.
package struct VirtualTimes: Sendable {
  /// What a token of a prompt costs.
  package static let promptCost = 1.0
  /// What a generated token costs: a step of one reads all the weights.
  package static let generatedCost = 2.0

  private struct Entry {
    var weight: Double
    var time: Double
    var lastServed = 0
    /// In how many engines the team has work.
    var engineCount = 1
  }

  private var entries: [String: Entry] = [:]
  /// The time of the active team that was served least, which never goes back.
  package private(set) var floor = 0.0

  /// The virtual time of `team`.
  package func time(of team: String) -> Double { entries[team]?.time ?? floor }

  /// The weight of `team`.
  package func weight(of team: String) -> Double { entries[team]?.weight ?? 1 }

  /// `team` has work, after it had none; it is as early as the earliest of the teams that have.
  mutating func enter(_ team: String, weight: Double, among active: some Sequence<String>) {
    let least = active.compactMap { entries[$0]?.time }.min() ?? floor
    floor = max(floor, least)
    var entry = entries[team] ?? Entry(weight: weight, time: floor)
    entry.time.formMax(floor)
    entry.weight = weight
    entries[team] = entry
  }

  /// From now on `team` has `weight`.
  mutating func setWeight(of team: String, to weight: Double) {
    entries[team]?.weight = weight
  }

  /// `team` has work in `count` engines, among which its weight is divided.
  mutating func setEngineCount(of team: String, to count: Int) {
    entries[team]?.engineCount = max(count, 1)
  }

  /// `team` is served `cost` in `step`, or gives so much back if negative.
  mutating func charge(_ team: String, _ cost: Double, step: Int) {
    guard let entry = entries[team] else { return }
    entries[team]?.time += cost * Double(entry.engineCount) / entry.weight
    entries[team]?.lastServed = step
  }

  /// The one of `teams` to be served next: of equal times the one that waited longest.
  func next(among teams: some Sequence<String>) -> String? {
    var best: (team: String, entry: Entry)?
    for team in teams {
      guard let entry = entries[team] else { continue }
      if let found = best, !Self.precedes(team, entry, found.team, found.entry) { continue }
      best = (team, entry)
    }
    return best?.team
  }

  private static func precedes(_ a: String, _ x: Entry, _ b: String, _ y: Entry) -> Bool {
    if x.time != y.time { return x.time < y.time }
    if x.lastServed != y.lastServed { return x.lastServed < y.lastServed }
    return a < b
  }

  /// Ends a step in which of the `active` teams `backlogged` did not get all they asked for: the others
  /// keep no claim.
  mutating func settle(active: [String], backlogged: Set<String>) {
    let behind = backlogged.compactMap { entries[$0]?.time }.min()
    guard let time = behind ?? active.compactMap({ entries[$0]?.time }).max() else { return }
    for team in active where !backlogged.contains(team) { entries[team]?.time.formMax(time) }
    floor = max(floor, active.compactMap { entries[$0]?.time }.min() ?? floor)
  }
}

extension Double {
  /// Becomes `other` if that is greater.
  fileprivate mutating func formMax(_ other: Double) { self = max(self, other) }
}
