import ChaskiChat
import ChaskiServer
import ChaskiTenants
import Foundation
import Testing

/// A database of teams that is made while a server runs.
struct LateGateTests {
  private static func run(
    patience: Duration = .zero,
    _ body:
      @escaping @Sendable (TestServer, _ path: String, LateTenants) async throws -> Void
  ) async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "chaski-\(UUID())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.appending(path: "tenants.sqlite").path
    let logger = TestServer.quietLogger
    let late = LateTenants(path: path, patience: patience, logger: logger)
    let registry = ModelRegistry([try TinyModel.served(by: ScriptedEngine(saying: "a"))])
    try await TestServer.run(
      registry,
      gate: LateGate(late, logger: logger),
      tenants: try? late.store()
    ) { server in
      try await body(server, path, late)
    }
    try await late.close()
  }

  @Test func `the first key counts without a restart`() async throws {
    try await Self.run { server, path, _ in
      #expect(try await server.get("/v1/models").status == 200)
      #expect(try await server.get("/admin/api/status").json["has_teams"] == false)
      let store = try TenantStore(path: path, isServing: false)
      try store.addTeam("lab", TeamSettings(), by: "test")
      // Without a key this machine may still ask.
      #expect(try await server.get("/v1/models").status == 200)
      #expect(try await server.get("/admin/api/status").json["has_teams"] == true)
      let headers = try TestTenants.headers(store, team: "lab", scopes: [.models, .admin])
      #expect(try await server.get("/v1/models").status == 401)
      #expect(try await server.get("/v1/models", headers: headers).status == 200)
      #expect(try await server.get("/admin/api/teams", headers: headers).status == 200)
      try await store.close()
    }
  }

  @Test func `a file that cannot be read lets nobody in, and is tried again`() async throws {
    try await Self.run { server, path, _ in
      try Data("This is no database, although it may have been one before.".utf8)
        .write(to: URL(filePath: path))
      #expect(try await server.get("/v1/models").status == 500)
      #expect(try await server.get("/health/live").status == 200)
      try FileManager.default.removeItem(atPath: path)
      #expect(try await server.get("/v1/models").status == 200)
      let store = try TenantStore(path: path, isServing: false)
      try store.addTeam("lab", TeamSettings(), by: "test")
      _ = try TestTenants.headers(store, team: "lab")
      #expect(try await server.get("/v1/models").status == 401)
      try await store.close()
    }
  }

  @Test func `a file is left alone while it is new, and no two servers take it`() async throws {
    try await Self.run(patience: .seconds(100_000)) { _, path, late in
      let store = try TenantStore(path: path, isExclusive: true)
      #expect(try late.store() == nil)
      let other = LateTenants(path: path, patience: .zero, logger: TestServer.quietLogger)
      #expect(throws: TenantError.self) { try other.store() }
      try await store.close()
    }
  }
}
