// Owns: on whose behalf a request runs, as far as scheduling and the cache must know.
// Does not own: who that is, or what they may do (whoever serves them).

/// For whom a text is generated.
package struct Party: Sendable, Hashable {
  /// Who shares the machine with others: service is divided among teams.
  package var team: String
  /// The team's share of the machine, relative to the others' weights.
  package var weight: Double
  /// Which of a team's requests come first: the higher.
  package var priority: Int
  /// Within which texts that begin alike share what was computed; never across.
  package var cacheScope: String

  /// A party of `team`, whose texts share the cache among themselves unless said otherwise.
  package init(team: String, weight: Double = 1, priority: Int = 0, cacheScope: String? = nil) {
    self.team = team
    self.weight = weight
    self.priority = priority
    self.cacheScope = cacheScope ?? team
  }

  /// Everyone alike, where nobody is told apart.
  package static let anyone = Party(team: "")

  /// The weights that make sense; beyond them virtual times would lose their last digits.
  package static let weights = 1e-6...1e6
}
