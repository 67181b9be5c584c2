// Owns: who sends a request, as far as that decides what it may do.

/// The team and key behind a request.
package struct Principal: Sendable, Hashable {
  /// The key's number; nil where no key was needed.
  package let keyID: Int64?
  /// The first characters of the key's secret; empty where no key was needed.
  package let keyPrefix: String
  /// The team's number; nil where no key was needed.
  package let teamID: Int64?
  /// The team's name.
  package let team: String
  /// The team's share of a busy machine, in proportion to the others' weights.
  package let weight: Double
  /// The request's priority within the team: the key's, or else the team's.
  package let priority: Int
  /// What the request may do.
  package let scopes: Set<Scope>
  /// Within which scope prefixes of prompts are shared; teams that share nothing have one of their own.
  package let cacheScope: String
  /// What the team may use.
  package let limits: TeamLimits

  /// Whoever uses a server without keys on this machine: everything but administration, without limits.
  package static let local = Principal(
    keyID: nil,
    keyPrefix: "",
    teamID: nil,
    team: "local",
    weight: 1,
    priority: 0,
    scopes: Scope.standard,
    cacheScope: "local",
    limits: TeamLimits()
  )

  /// Checks for a right.
  ///
  /// - Throws: `TenantError.scopeMissing`.
  package func require(_ scope: Scope) throws(TenantError) {
    guard scope.isGranted(by: scopes) else { throw .scopeMissing(scope) }
  }
}
