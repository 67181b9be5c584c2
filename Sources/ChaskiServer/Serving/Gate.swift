// Owns: the seam between routes and whoever knows keys, budgets and the ledger.

package import ChaskiTenants

/// Decides who may ask for what, and is told what it cost.
package protocol Gate: Sendable {
  /// Whether callers have keys; without them only this machine may ask.
  var hasKeys: Bool { get async }

  /// The caller that `secret` proves, if the caller may use routes of `scope`.
  ///
  /// - Throws: `ServerError.unauthenticated`, `.forbidden`.
  func caller(secret: String?, for scope: Scope) async throws -> Caller

  /// Lets the caller begin a piece of work, or refuses; what it returns is given back at the end.
  ///
  /// - Throws: `ServerError.limited`.
  func admit(_ caller: Caller, _ demand: TokenDemand) async throws -> (any Permit)?
}

/// How many tokens a piece of work may use.
package struct TokenDemand: Sendable, Equatable {
  /// Those of its prompts, and the most of its answers.
  package var most = 0
  /// Fewer that would do where a budget ends: an answer whose sender gave it no bound may be shorter.
  package var least = 0

  /// No tokens.
  package init() {}
}

/// A place among the requests that run; its end is recorded once.
package protocol Permit: Sendable {
  /// How many tokens the work may use; nil for all that it asked for.
  var tokenCount: Int? { get }

  /// Records what the work cost and gives the place back.
  func finish(_ usage: RequestUsage) async
}

/// A gate without keys: everyone who reaches the server may ask for everything.
package struct OpenGate: Gate {
  /// The gate.
  package init() {}

  package var hasKeys: Bool { false }

  package func caller(secret: String?, for scope: Scope) -> Caller { .anyone }

  package func admit(_ caller: Caller, _ demand: TokenDemand) -> (any Permit)? { nil }
}
