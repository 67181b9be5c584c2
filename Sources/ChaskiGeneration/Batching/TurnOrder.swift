// Owns: which of several engines computes next, so that teams share the machine by their weights across models.
// Does not own: waiting for it (ComputeTurns), or who within an engine is served (StepPlanner). Pure.

/// The order in which engines take turns: the one of least virtual time first, in seconds of computing for
/// weight.
///
/// An engine's weight is that of the teams which have work in it. A team with work in several engines divides
/// its weight among them, here and in their planners: it has its share of the machine once, however many models
/// it asks. Start-time fair queueing as in `VirtualTimes`, with seconds as its unit, because tokens of two
/// models cost more or less.
package struct TurnOrder: Sendable {
  private struct Entry {
    var teams: [String: Double] = [:]
    var time = 0.0
    var lastTurn = 0
  }

  /// Engines that have work, or had.
  private var entries: [Int: Entry] = [:]
  /// The time of the engine with work that was served least; it never goes back.
  private var floor = 0.0
  private var turn = 0

  /// An order of no engines.
  package init() {}

  /// `engine` has work for `teams`, each with its weight.
  package mutating func enter(_ engine: Int, for teams: [String: Double]) {
    guard !teams.isEmpty else { return leave(engine) }
    var entry = entries[engine] ?? Entry()
    if entry.teams.isEmpty {
      raiseFloor()
      entry.time = max(entry.time, floor)
    }
    entry.teams = teams
    entries[engine] = entry
  }

  /// `engine` has no work any more.
  package mutating func leave(_ engine: Int) {
    entries[engine]?.teams = [:]
  }

  /// `engine` will not come back.
  package mutating func remove(_ engine: Int) {
    raiseFloor()
    entries[engine] = nil
  }

  /// The engines that have work.
  package var active: Set<Int> { Set(entries.lazy.filter { !$0.value.teams.isEmpty }.map(\.key)) }

  /// In how many engines `team` has work; at least 1.
  package func engineCount(of team: String) -> Int {
    max(1, entries.values.count { $0.teams[team] != nil })
  }

  /// `engine` computed for `seconds`.
  package mutating func charge(_ engine: Int, seconds: Double) {
    turn += 1
    entries[engine]?.lastTurn = turn
    let weight = weight(of: engine)
    guard weight > 0, seconds > 0 else { return }
    entries[engine]?.time += seconds / weight
    raiseFloor()
  }

  /// The one of `engines` whose turn it is: of equal times the one whose last turn was longest ago.
  package func next(among engines: some Sequence<Int>) -> Int? {
    engines.min { left, right in
      let (a, b) = (entries[left] ?? Entry(), entries[right] ?? Entry())
      if a.time != b.time { return a.time < b.time }
      if a.lastTurn != b.lastTurn { return a.lastTurn < b.lastTurn }
      return left < right
    }
  }

  private func weight(of engine: Int) -> Double {
    guard let teams = entries[engine]?.teams else { return 0 }
    return teams.reduce(0) { $0 + $1.value / Double(engineCount(of: $1.key)) }
  }

  private mutating func raiseFloor() {
    let least = entries.values.lazy.filter { !$0.teams.isEmpty }.map(\.time).min()
    floor = max(floor, least ?? floor)
  }
}
