import ChaskiTenants
import Foundation
import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// One server at a time on a database.
struct ServingLockTests {
  @Test func `a second server on a database is refused, and told whose it is`() async throws {
    try await TestStore.inFolder { folder in
      let path = folder.appending(path: "tenants.sqlite").path
      let first = try TenantStore(path: path, isExclusive: true)
      let error = #expect(throws: TenantError.self) {
        try TenantStore(path: path, isExclusive: true)
      }
      let text = error?.description ?? ""
      #expect(text.contains("process \(ProcessInfo.processInfo.processIdentifier)"))
      #expect(text.contains(path) && text.contains("--database"))
      try await first.close()
    }
  }

  @Test func `another name of the database is no way around it`() async throws {
    try await TestStore.inFolder { folder in
      let path = folder.appending(path: "tenants.sqlite").path
      let link = folder.appending(path: "link.sqlite").path
      let first = try TenantStore(path: path, isExclusive: true)
      try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: path)
      #expect(throws: TenantError.self) { try TenantStore(path: link, isExclusive: true) }
      try await first.close()
    }
  }

  @Test func `managing teams needs no lock`() async throws {
    try await TestStore.inFolder { folder in
      let path = folder.appending(path: "tenants.sqlite").path
      let first = try TenantStore(path: path, isExclusive: true)
      let other = try TenantStore(path: path, isCreating: false, isServing: false)
      try other.addTeam("lab", TeamSettings(), by: "test")
      try await other.close()
      try await first.close()
    }
  }

  @Test func `the lock goes with its server`() async throws {
    try await TestStore.inFolder { folder in
      let path = folder.appending(path: "tenants.sqlite").path
      for _ in 0..<3 {
        let store = try TenantStore(path: path, isExclusive: true)
        try await store.close()
      }
    }
  }

  @Test func `a server that is killed leaves the database to the next one`() async throws {
    try await TestStore.inFolder { folder in
      let path = folder.appending(path: "tenants.sqlite").path
      await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String] in
        let store = try TenantStore(path: path, isExclusive: true)
        kill(getpid(), SIGKILL)
        try await store.close()
      }
      let store = try TenantStore(path: path, isExclusive: true)
      try await store.close()
    }
  }
}
