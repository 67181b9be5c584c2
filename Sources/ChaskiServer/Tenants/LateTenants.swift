// Owns: a database of teams that may be made while the server runs. Does not own: what it decides (TenantStore).

package import ChaskiTenants
import Foundation
package import Logging
import Synchronization

/// The database of teams of a server: opened when there is one.
///
/// A server that began without keeps looking for the file, so that the first key counts without a restart. From then on it
/// does not forget it.
package final class LateTenants: Sendable {
  private struct State {
    var store: TenantStore?
    var seen: ContinuousClock.Instant?
    var tried: ContinuousClock.Instant?
    var problem: TenantError?
  }

  /// How long the file is left to the command that makes it: two programs that make its tables would hinder each other.
  private let patience: Duration
  private let path: String
  private let logger: Logger
  private let state: Mutex<State>

  /// The database at `path`; `store` is what is open there already, or nil for a file that may come.
  package init(
    path: String,
    store: TenantStore? = nil,
    patience: Duration = .seconds(1),
    logger: Logger
  ) {
    self.path = path
    self.patience = patience
    self.logger = logger
    state = Mutex(State(store: store))
  }

  // Not inlined: swiftc 6.3.1 on Linux, inlining a Mutex into an async function, keeps the address of the
  // thread's own number across an await, and unlocking on the next thread traps.

  /// The database, or nil as long as there is none.
  ///
  /// Costs a look at the file's name as long as there is none.
  /// - Throws: `TenantError` for a file that cannot be opened: it may hold keys, so that nobody is to be let in.
  @inline(never)
  package func store() throws(TenantError) -> TenantStore? {
    try state.withLock { state throws(TenantError) in
      if let store = state.store { return store }
      guard FileManager.default.fileExists(atPath: path) else {
        state = State()
        return nil
      }
      let now = ContinuousClock.now
      let seen = state.seen ?? now
      state.seen = seen
      guard now - seen >= patience else { return nil }
      if let problem = state.problem, let tried = state.tried, now - tried < patience {
        throw problem
      }
      state.tried = now
      return try open(&state)
    }
  }

  private func open(_ state: inout State) throws(TenantError) -> TenantStore {
    do throws(TenantError) {
      let store = try TenantStore(path: path, isCreating: false, isExclusive: true)
      state = State(store: store)
      logger.notice("teams found", metadata: ["path": .string(path)])
      return store
    } catch {
      if state.problem != error {
        logger.error("teams cannot be read", metadata: ["error": .string(error.description)])
      }
      state.problem = error
      throw error
    }
  }

  /// Writes what is still to be written and closes the database.
  ///
  /// - Throws: `TenantError.database`.
  package func close() async throws {
    try await opened()?.close()
  }

  @inline(never)
  private func opened() -> TenantStore? { state.withLock { $0.store } }
}
