// Owns: keys, budgets and the ledger as routes see them. Does not own: what they decide (TenantStore).

package import ChaskiTenants
package import Logging

/// A gate that asks a database of teams and keys, and writes what was used to its ledger.
package struct TenantGate: Gate {
  private let store: TenantStore
  private let logger: Logger

  /// A gate that asks `store`.
  package init(_ store: TenantStore, logger: Logger) {
    self.store = store
    self.logger = logger
  }

  package var hasKeys: Bool {
    // A database that cannot be read lets nobody in.
    (try? store.hasKeys()) ?? true
  }

  package func caller(secret: String?, for scope: Scope) throws(ServerError) -> Caller {
    guard hasKeys else {
      // Everybody on this machine can reach a server without keys; the database is its owner's.
      guard scope != .admin else { throw .needsAdministrator }
      return Caller(.local)
    }
    guard let secret else {
      throw .unauthenticated(
        "This server needs a key: send it as \"Authorization: Bearer KEY\" or \"X-Api-Key: KEY\"."
      )
    }
    var prefix = ""
    do throws(TenantError) {
      let principal = try store.authenticate(secret)
      prefix = principal.keyPrefix
      try store.require(scope, of: principal)
      return Caller(principal)
    } catch .scopeMissing(let scope) {
      // Whoever reads the log wants to know which key it was.
      throw .forbidden(
        "The key \(prefix)… lacks the scope \"\(scope.rawValue)\", which this needs."
      )
    } catch {
      throw Self.refusal(error)
    }
  }

  private static func refusal(_ error: TenantError) -> ServerError {
    switch error {
    case .unknownKey, .keyRevoked, .keyExpired: .unauthenticated(error.description)
    default: .failed("The keys cannot be read at present.")
    }
  }

  package func admit(
    _ caller: Caller,
    _ demand: TokenDemand
  ) throws(ServerError) -> (any Permit)? {
    let principal = caller.principal ?? .local
    switch store.admit(principal, tokens: demand.most, leastTokens: demand.least) {
    case .admitted(let ticket): return TenantPermit(ticket, store: store, logger: logger)
    case .limited(let reason, let retryAfter):
      throw .limited(reason: reason.description, retryAfter: retryAfter)
    }
  }
}
