// Owns: a database in a folder of its own, and a clock that stands still until it is moved.

import ChaskiTenants
import Foundation
import GRDB
import Synchronization

/// A clock that tests move.
final class TestClock: Sendable {
  private let time: Mutex<Date>

  init(_ text: String = "2026-11-22T12:00:00Z") throws {
    time = Mutex(try Date(text, strategy: .iso8601))
  }

  @inline(never)
  var now: Date { time.withLock { $0 } }

  @inline(never)
  func advance(by seconds: Double) { time.withLock { $0 += seconds } }
}

/// A database for one test.
struct TestStore {
  let folder: URL
  let clock: TestClock
  let store: TenantStore

  /// The database's file.
  var path: String { Self.path(folder) }

  private static func path(_ folder: URL) -> String {
    folder.appending(path: "tenants.sqlite").path
  }

  /// Opens the same database once more, as after a restart.
  func reopened() throws -> TenantStore {
    try TenantStore(path: path, isCreating: false, clock: { [clock] in clock.now })
  }

  /// Runs SQL beside the store, as another program would.
  func run(_ sql: String, _ arguments: StatementArguments = []) throws {
    try DatabaseQueue(path: path).write { try $0.execute(sql: sql, arguments: arguments) }
  }

  /// Reads beside the store, as another program would.
  func read<Value>(_ body: (Database) throws -> Value) throws -> Value {
    try DatabaseQueue(path: path).read(body)
  }

  /// A new key's principal in a team with these limits.
  func principal(
    _ team: String = "a",
    _ change: (inout TeamSettings) -> Void = { _ in }
  ) throws -> Principal {
    var settings = TeamSettings()
    change(&settings)
    try store.addTeam(team, settings, by: "test")
    return try store.authenticate(store.addKey(team: team, KeySettings(), by: "test").secret)
  }

  /// A finished request that ended now.
  func entry(_ id: String, _ principal: Principal, tokens: Int = 0, seconds: Double = 0)
    -> UsageEntry
  {
    var entry = UsageEntry(
      id: id,
      time: clock.now,
      principal: principal,
      model: "m",
      route: "/v1/chat/completions",
      status: .finished
    )
    entry.promptTokens = tokens
    entry.computeSeconds = seconds
    return entry
  }

  /// Runs `body` with an empty database, which is gone afterwards.
  static func with(
    at time: String = "2026-11-22T12:00:00Z",
    _ body: (TestStore) async throws -> Void
  ) async throws {
    try await inFolder { folder in
      let clock = try TestClock(time)
      let store = try TenantStore(path: path(folder), clock: { clock.now })
      try await body(TestStore(folder: folder, clock: clock, store: store))
    }
  }

  /// Runs `body` with an empty folder, which is gone afterwards.
  static func inFolder(_ body: (URL) async throws -> Void) async throws {
    let folder = FileManager.default.temporaryDirectory
      .appending(path: "chaski-tenants-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try await body(folder)
  }
}

extension Admission {
  /// The ticket, if there is one.
  var ticket: AdmissionTicket? {
    if case .admitted(let ticket) = self { ticket } else { nil }
  }

  /// The reason for waiting, if there is one.
  var reason: LimitReason? {
    if case .limited(let reason, _) = self { reason } else { nil }
  }

  /// How long to wait, if there is a reason to.
  var retryAfter: Duration? {
    if case .limited(_, let duration) = self { duration } else { nil }
  }
}
