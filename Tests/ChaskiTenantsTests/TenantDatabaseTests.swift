// Owns: the database's file: who may read it, what is refused, what survives.

import ChaskiTenants
import Foundation
import GRDB
import Testing

/// The file itself.
struct TenantDatabaseTests {
  @Test func `a new database and its log can be read by their owner alone`() async throws {
    try await TestStore.with { test in
      try test.store.addTeam("a", TeamSettings(), by: "test")
      for suffix in ["", "-wal", "-shm"] {
        let attributes = try FileManager.default.attributesOfItem(atPath: test.path + suffix)
        #expect((attributes[.posixPermissions] as? NSNumber)?.intValue == 0o600, "\(suffix)")
      }
    }
  }

  @Test func `the database is in WAL mode, marked as ours, and checks references`() async throws {
    try await TestStore.with { test in
      try test.store.addTeam("a", TeamSettings(), by: "test")
      try test.read { (database) throws in
        #expect(try String.fetchOne(database, sql: "PRAGMA journal_mode") == "wal")
        #expect(try Int.fetchOne(database, sql: "PRAGMA application_id") == 0x4348_4B49)
        #expect(try String.fetchOne(database, sql: "PRAGMA integrity_check") == "ok")
      }
      var entry = test.entry("r", .local)
      entry.teamID = 99
      let refused = entry
      let error = await #expect(throws: TenantError.self) { try await test.store.record(refused) }
      #expect(error?.description.contains("FOREIGN KEY") == true)
    }
  }

  @Test func `folders above a new database are made`() async throws {
    try await TestStore.inFolder { folder in
      let path = folder.appending(path: "x/y/tenants.sqlite").path
      _ = try TenantStore(path: path)
      #expect(FileManager.default.fileExists(atPath: path))
    }
  }

  @Test func `where none is to be made, a missing database is an error and stays missing`()
    async throws
  {
    try await TestStore.inFolder { folder in
      let path = folder.appending(path: "none.sqlite").path
      #expect(throws: TenantError.noDatabase(path: path)) {
        try TenantStore(path: path, isCreating: false)
      }
      #expect(!FileManager.default.fileExists(atPath: path))
    }
  }

  @Test func `a file that is no database is refused and left alone`() async throws {
    try await TestStore.inFolder { folder in
      let path = folder.appending(path: "notes.txt").path
      for text in ["hello", String(repeating: "hello ", count: 1000)] {
        try Data(text.utf8).write(to: URL(filePath: path))
        let error = #expect(throws: TenantError.self) { try TenantStore(path: path) }
        #expect(error == .notDatabase(path: path, reason: "it is no SQLite database"))
        #expect(try String(contentsOfFile: path, encoding: .utf8) == text)
      }
    }
  }

  @Test func `another program's database is refused and left alone`() async throws {
    try await TestStore.inFolder { folder in
      let path = folder.appending(path: "other.sqlite").path
      try Self.makeOther(path)
      let before = try Data(contentsOf: URL(filePath: path))
      let error = #expect(throws: TenantError.self) { try TenantStore(path: path) }
      #expect(error?.description.contains("another program's") == true)
      #expect(try Data(contentsOf: URL(filePath: path)) == before)
      #expect(!FileManager.default.fileExists(atPath: path + "-wal"))
    }
  }

  @Test func `folders and devices are refused`() async throws {
    try await TestStore.inFolder { folder in
      for path in [folder.path, "/dev/null"] {
        #expect(throws: TenantError.notDatabase(path: path, reason: "it is not a regular file")) {
          try TenantStore(path: path)
        }
      }
    }
  }

  @Test func `a database of a later version is refused`() async throws {
    try await TestStore.with { test in
      try test.run("INSERT INTO grdb_migrations (identifier) VALUES ('9: from the future')")
      #expect(throws: TenantError.newerDatabase(path: test.path)) { try test.reopened() }
    }
  }

  @Test func `every truncation of a database is opened or refused, and ends nothing`() async throws
  {
    try await TestStore.with { test in
      let principal = try test.principal()
      try await test.store.record(test.entry("r", principal))
      try await test.store.close()
      let whole = try Data(contentsOf: URL(filePath: test.path))
      let path = test.folder.appending(path: "cut.sqlite").path
      for count in [1, 50, 99, 100, 512, 4095] + stride(from: 4096, to: whole.count, by: 4096) {
        for name in [path, path + "-wal", path + "-shm"] {
          try? FileManager.default.removeItem(atPath: name)
        }
        try whole.prefix(count).write(to: URL(filePath: path))
        do {
          let store = try TenantStore(path: path, isCreating: false)
          _ = try store.usage(UsageQuery())
          _ = try store.keys()
        } catch {
          #expect(error is TenantError)
        }
      }
    }
  }

  private static func makeOther(_ path: String) throws {
    try DatabaseQueue(path: path).write { try $0.execute(sql: "CREATE TABLE team (x)") }
  }

  @Test func `values of another kind are an error that names them`() async throws {
    try await TestStore.with { test in
      try test.store.addTeam("a", TeamSettings(), by: "test")
      try test.run(
        """
        ALTER TABLE team RENAME COLUMN priority TO other;
        ALTER TABLE team ADD COLUMN priority TEXT DEFAULT 'high';
        """
      )
      #expect(throws: TenantError.damaged(table: "team", column: "priority")) {
        try test.reopened().teams()
      }
    }
  }

  @Test(arguments: ["-1", "9223372036854775807", "-9223372036854775808"])
  func `moments that no clock shows are an error`(time: String) async throws {
    try await TestStore.with { test in
      try test.store.addTeam("a", TeamSettings(), by: "test")
      try test.run("UPDATE team SET created = \(time)")
      #expect(throws: TenantError.damaged(table: "team", column: "created")) {
        try test.store.teams()
      }
    }
  }

  @Test func `scopes that this version does not know are denied`() async throws {
    try await TestStore.with { test in
      _ = try test.principal()
      try test.run("UPDATE api_key SET scopes = 'chat,fly,,admin '")
      #expect(try test.store.keys().first?.settings.scopes == [.chat])
    }
  }

  @Test func `a store that is closed or gone leaves one file with everything in it`() async throws {
    try await TestStore.with { test in
      try test.store.addTeam("a", TeamSettings(), by: "test")
      try test.reopened().addTeam("b", TeamSettings(), by: "test")
      try await test.store.close()
      #expect(!FileManager.default.fileExists(atPath: test.path + "-wal"))
      _ = try test.reopened().teams()
      #expect(!FileManager.default.fileExists(atPath: test.path + "-wal"))
      let copy = test.folder.appending(path: "copy.sqlite").path
      try FileManager.default.copyItem(atPath: test.path, toPath: copy)
      #expect(try TenantStore(path: copy).teams().map(\.name) == ["a", "b"])
    }
  }

  @Test func `what is asked of a closed store throws`() async throws {
    try await TestStore.with { test in
      try await test.store.close()
      #expect(throws: TenantError.self) { try test.store.teams() }
      await #expect(throws: TenantError.self) {
        try await test.store.record(test.entry("r", .local))
      }
    }
  }
}
