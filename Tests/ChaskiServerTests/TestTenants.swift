// Owns: a database of teams for the length of a test, and a server that asks it.

import ChaskiServer
import ChaskiTenants
import Foundation
import Testing

/// Teams and keys for tests.
enum TestTenants {
  /// Runs `body` with a database in a folder of its own.
  static func withStore(_ body: (TenantStore) async throws -> Void) async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "chaski-\(UUID())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let store = try TenantStore(path: folder.appending(path: "tenants.sqlite").path)
    try await body(store)
    try await store.close()
  }

  /// A gate that asks `store`.
  static func gate(_ store: TenantStore) -> TenantGate {
    TenantGate(store, logger: TestServer.quietLogger)
  }

  /// Runs `body` while a server of `store`'s teams listens; `admin` are the headers of an administrator, whose key is the
  /// first of a team "office".
  static func withServer(
    _ engine: ScriptedEngine = ScriptedEngine(saying: "a", "b"),
    figures: ServerFigures? = nil,
    _ body:
      @escaping @Sendable (TestServer, TenantStore, _ admin: [String: String]) async throws ->
      Void
  ) async throws {
    try await withStore { store in
      try store.addTeam("office", TeamSettings(), by: "test")
      let admin = try headers(store, team: "office", scopes: [.admin])
      let base = gate(store)
      let metered: any Gate = figures.map { MeteredGate(base, figures: $0) } ?? base
      try await TestServer.run(engine, gate: metered, figures: figures, tenants: store) { server in
        try await body(server, store, admin)
      }
    }
  }

  /// The headers of a new key.
  static func headers(
    _ store: TenantStore,
    team: String,
    scopes: Set<Scope> = Scope.standard
  ) throws -> [String: String] {
    var settings = KeySettings()
    settings.scopes = scopes
    let secret = try store.addKey(team: team, settings, by: "test").secret
    return ["Authorization": "Bearer \(secret)"]
  }
}

extension TestServer {
  /// Sends `json`, if there is any, by `method`.
  func send(
    _ method: String,
    _ path: String,
    _ json: String? = nil,
    headers: [String: String]
  ) async throws -> Reply {
    try await ask(method, path, body: json.map { Array($0.utf8) }, headers: headers)
  }
}
