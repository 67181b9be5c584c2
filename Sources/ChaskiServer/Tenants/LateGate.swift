// Owns: a gate that stands open until there is a database of teams.

package import ChaskiTenants
package import Logging

/// A gate that asks the database of teams as soon as there is one, and lets everyone in before.
///
/// Everyone is whoever reaches the server: without keys it listens to its own machine.
package struct LateGate: Gate {
  private let tenants: LateTenants
  private let logger: Logger

  /// A gate that asks the database of `tenants`.
  package init(_ tenants: LateTenants, logger: Logger) {
    self.tenants = tenants
    self.logger = logger
  }

  package var hasKeys: Bool {
    // What cannot be read may hold keys.
    do { return try current?.hasKeys ?? false } catch { return true }
  }

  package func caller(secret: String?, for scope: Scope) throws(ServerError) -> Caller {
    try current?.caller(secret: secret, for: scope) ?? .anyone
  }

  package func admit(
    _ caller: Caller,
    _ demand: TokenDemand
  ) throws(ServerError) -> (any Permit)? {
    try current?.admit(caller, demand)
  }

  private var current: TenantGate? {
    get throws(ServerError) {
      do throws(TenantError) {
        return try tenants.store().map { TenantGate($0, logger: logger) }
      } catch {
        // The log says what it is.
        throw .failed("The keys cannot be read at present.")
      }
    }
  }
}
