// Owns: that a process that is killed loses no request it has acknowledged.

import ChaskiTenants
import Foundation
import GRDB
import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// kill -9 while the ledger is written.
struct LedgerKillTests {
  @Test(arguments: [1, 200, 1500])
  func `every request that was acknowledged before a kill is in the ledger`(count: Int) async throws
  {
    try await TestStore.inFolder { folder in
      let path = folder.appending(path: "tenants.sqlite").path
      let acknowledged = folder.appending(path: "acknowledged").path
      await #expect(processExitsWith: .signal(SIGKILL)) {
        [path = path as String, acknowledged = acknowledged as String, count = count as Int] in
        try await LedgerKillTests.recordUntilKilled(
          path: path,
          acknowledged: acknowledged,
          count: count
        )
      }
      let ids = try String(contentsOfFile: acknowledged, encoding: .utf8)
        .split(separator: "\n").map(String.init)
      #expect(ids.count >= count)
      let store = try TenantStore(path: path, isCreating: false)
      let (check, kept, sum) = try Self.contents(path)
      #expect(check == "ok")
      #expect(Set(ids).subtracting(kept).isEmpty)
      #expect(try store.usage(UsageQuery()).first?.promptTokens == sum)
    }
  }

  private static func contents(_ path: String) throws -> (String?, Set<String>, Int64?) {
    try DatabaseQueue(path: path).read { database in
      (
        try String.fetchOne(database, sql: "PRAGMA integrity_check"),
        try Set(String.fetchAll(database, sql: "SELECT id FROM ledger")),
        try Int64.fetchOne(database, sql: "SELECT sum(prompt_tokens) FROM ledger")
      )
    }
  }

  // Records from many tasks, notes each acknowledged id in a file, and kills itself after `count` of them, while others
  // are being written.
  private static func recordUntilKilled(path: String, acknowledged: String, count: Int) async throws
  {
    let store = try TenantStore(path: path)
    try store.addTeam("a", TeamSettings(), by: "test")
    let secret = try store.addKey(team: "a", KeySettings(), by: "test").secret
    let principal = try store.authenticate(secret)
    _ = FileManager.default.createFile(atPath: acknowledged, contents: nil)
    let log = try AcknowledgedLog(path: acknowledged)
    await withTaskGroup(of: Void.self) { group in
      for task in 0..<32 {
        group.addTask {
          for index in 0... {
            var entry = UsageEntry(
              id: "\(task)-\(index)",
              time: Date(),
              principal: principal,
              model: "m",
              route: "r",
              status: .finished
            )
            entry.promptTokens = index
            guard (try? await store.record(entry)) != nil else { return }
            if await log.note(entry.id) == count { _ = kill(getpid(), SIGKILL) }
          }
        }
      }
    }
  }
}

/// The ids that were acknowledged, each in the file before the next is noted.
actor AcknowledgedLog {
  private let file: FileHandle
  private var count = 0

  init(path: String) throws {
    file = try FileHandle(forWritingTo: URL(filePath: path))
  }

  /// Notes an id; returns how many there are.
  func note(_ id: String) -> Int {
    try? file.write(contentsOf: Data((id + "\n").utf8))
    count += 1
    return count
  }
}
