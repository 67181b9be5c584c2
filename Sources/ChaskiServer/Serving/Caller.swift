// Owns: who asks, as far as routes and the engine need to know.

package import ChaskiGeneration
package import ChaskiTenants

/// Who asks.
package struct Caller: Sendable, Equatable {
  /// The team and key, or nil where nobody keeps account.
  package var principal: Principal?
  /// Whose share of the machine the work counts against.
  package var party: Party

  /// A caller whose work counts for `party`.
  package init(party: Party = .anyone) {
    self.party = party
  }

  /// The caller behind a key.
  package init(_ principal: Principal) {
    self.principal = principal
    party = Party(
      team: principal.team,
      weight: principal.weight,
      priority: principal.priority,
      cacheScope: principal.cacheScope
    )
  }

  /// Whoever asks a server without keys.
  package static let anyone = Caller()
}
