// Owns: where administrators' acts on teams and keys happen, and what they are told when one is refused.
// Does not own: the acts (TenantStore).

import ChaskiTenants
import Dispatch

/// Does what administrators ask of the database, one act at a time, and one report at a time beside them.
///
/// A report may take seconds: it must not hold one of the few threads that answer everybody's requests, nor may
/// those who read what they used keep administrators waiting.
struct TenantOffice: Sendable {
  /// An act on the database.
  typealias Act<Value> = @Sendable (TenantStore) throws(TenantError) -> Value

  private let store: TenantStore
  private static let acts = DispatchQueue(label: "chaski.admin")
  private static let reports = DispatchQueue(label: "chaski.reports")

  /// The office of a server's database.
  ///
  /// - Throws: `ServerError.notAvailable` if it has none.
  init(_ service: ServerService) throws(ServerError) {
    guard let store = service.tenants else {
      throw .notAvailable(
        "This server has no database of teams: make one with `chaski teams add NAME` and a key with "
          + "`chaski keys add NAME --scope admin`."
      )
    }
    self.store = store
  }

  /// Does `act`; `isReport` for what may read much.
  ///
  /// - Throws: `ServerError.unknown`, `.conflict`, `.invalid`, `.failed`.
  func perform<Value: Sendable>(
    isReport: Bool = false,
    _ act: @escaping Act<Value>
  ) async throws(ServerError) -> Value {
    let store = store
    let queue = isReport ? Self.reports : Self.acts
    let result: Result<Value, TenantError> = await withCheckedContinuation { continuation in
      queue.async {
        continuation.resume(returning: Result { () throws(TenantError) in try act(store) })
      }
    }
    switch result {
    case .success(let value): return value
    case .failure(let error): throw Self.refusal(error)
    }
  }

  private static func refusal(_ error: TenantError) -> ServerError {
    switch error {
    case .noTeam, .noKey: .unknown(error.description)
    case .nameTaken: .conflict(error.description)
    case .invalid, .ambiguousKey, .tooManyRows: .invalid(error.description)
    default: .failed(error.description)
    }
  }
}
