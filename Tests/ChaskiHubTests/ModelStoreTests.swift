// Owns: listing and removing installed models, and the lock.

import ChaskiHub
import Foundation
import Testing

@Suite(.timeLimit(.minutes(10))) struct ModelStoreTests {
  private static let bytes = TestHub.bytes(1000)

  // A store with one model, and the folder of the model.
  private func withModel(
    _ body: (ModelLibrary, InstalledModel, TestServer) async throws -> Void
  ) async throws {
    try await withFolder { folder in
      let hub = TestHub([("tiny-Q4_0.gguf", Self.bytes), ("tiny-Q8_0.gguf", [1, 2])])
      try await TestServer.run({ hub.answer($0) }) { server in
        let library = try ModelLibrary(settings: settings(folder, hub: server.address))
        let model = try await library.pull(.hub(HubModel(parsing: "acme/tiny/tiny-Q4_0.gguf")))
        try await body(library, model, server)
      }
    }
  }

  @Test func `a store that is not there yet is empty`() {
    let contents = ModelStore(directory: URL(filePath: "/nonexistent-folder")).contents()
    #expect(contents.models.isEmpty)
    #expect(contents.problems.isEmpty)
  }

  @Test func `a removed model is gone with its folder`() async throws {
    try await withModel { library, model, _ in
      let freed = try library.remove("hf:acme/tiny")
      #expect(freed >= 1000)
      #expect(library.store.contents().models.isEmpty)
      #expect(!FileManager.default.fileExists(atPath: model.directory.path))
      #expect(throws: HubError.notInstalled(name: "hf:acme/tiny")) {
        try library.remove("hf:acme/tiny")
      }
      #expect(throws: HubError.notInstalled(name: "never-heard-of")) {
        try library.remove("never-heard-of")
      }
    }
  }

  @Test func `of two models of a repository the one to remove must be named`() async throws {
    try await withModel { library, first, _ in
      let second = try await library.pull(.hub(HubModel(parsing: "acme/tiny/tiny-Q8_0.gguf")))
      #expect(library.store.contents().models == [first, second])
      #expect(
        throws: HubError.ambiguousFile(
          repository: "acme/tiny",
          choices: [first.name, second.name]
        )
      ) {
        try library.remove("hf:acme/tiny")
      }
      try library.remove(first.name)
      #expect(library.store.contents().models == [second])
    }
  }

  @Test func `a model that is being worked on is not removed`() async throws {
    try await withModel { library, model, _ in
      let lockName = model.directory.lastPathComponent + ".lock"
      let lockFile = library.store.directory.appending(path: ".locks/\(lockName)")
      let lock = try StoreLock.tryAcquire(lockFile)
      let taken = lock != nil
      #expect(taken)
      #expect(
        throws: HubError.busy(
          name: model.name,
          owner: Int(ProcessInfo.processInfo.processIdentifier)
        )
      ) {
        try library.remove(model.name)
      }
      withExtendedLifetime(lock) {}
      #expect(library.store.contents().models == [model])
    }
  }

  @Test func `a damaged installation is reported, and mended by the next pull`() async throws {
    try await withModel { library, model, server in
      try Data([1, 2, 3]).write(to: model.url)
      let contents = library.store.contents()
      #expect(contents.models.isEmpty)
      #expect(
        contents.problems == [
          .brokenInstallation(
            path: model.directory.path,
            reason: "tiny-Q4_0.gguf has 3 bytes instead of 1000"
          )
        ]
      )
      let mended = try await library.pull(.hub(HubModel(parsing: "acme/tiny/tiny-Q4_0.gguf")))
      #expect(try Array(Data(contentsOf: mended.url)) == Self.bytes)
      #expect(server.requests(for: "/resolve/").count == 2)
    }
  }

  @Test(arguments: [
    "", "{}", "[", #"{"formatVersion": 2}"#, String(repeating: "[", count: 10_000),
    #"{"formatVersion":1,"name":"n","files":[],"source":{"hub":"a/b"},"installed":"2026-01-01T00:00:00Z"}"#,
    #"{"formatVersion":1,"name":"n","files":[{"name":"../../x","byteCount":1,"sha256":"","isVerified":true}],"source":{"hub":"a/b"},"installed":"2026-01-01T00:00:00Z"}"#,
    #"{"formatVersion":1,"name":"n","files":[{"name":"x","byteCount":-1,"sha256":"","isVerified":true}],"source":{"hub":"a/b"},"installed":"2026-01-01T00:00:00Z"}"#,
  ])
  func `a manifest that cannot be used is reported and harms no other model`(_ json: String)
    async throws
  {
    try await withModel { library, model, _ in
      let other = library.store.directory.appending(path: "other", directoryHint: .isDirectory)
      try FileManager.default.createDirectory(at: other, withIntermediateDirectories: true)
      try Data(json.utf8).write(to: other.appending(path: "manifest.json"))
      let contents = library.store.contents()
      #expect(contents.models == [model])
      #expect(contents.problems.count == 1)
    }
  }

  @Test func `partial files that nobody took up for long are removed, and no others`() async throws
  {
    try await withModel { library, model, _ in
      let now = Date()
      let folders = ["old": -40.0, "young": -1.0].map { name, days in
        (library.store.directory.appending(path: name, directoryHint: .isDirectory), days)
      }
      for (folder, days) in folders {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let file = folder.appending(path: "m.gguf.partial")
        try Data([1]).write(to: file)
        try FileManager.default.setAttributes(
          [.modificationDate: now.addingTimeInterval(days * 86_400)],
          ofItemAtPath: file.path
        )
      }
      try library.store.removeStalePartials(olderThan: .seconds(14 * 86_400), now: now)
      let left = folders.filter { FileManager.default.fileExists(atPath: $0.0.path) }
      #expect(left.map(\.0.lastPathComponent) == ["young"])
      #expect(library.store.contents().models == [model])
    }
  }

  @Test func `a lock is had by one at a time and given up at the end of its value`() async throws {
    try await withFolder { folder in
      let file = folder.appending(path: "a.lock")
      do {
        let lock = try StoreLock.tryAcquire(file)
        let isTaken = lock != nil
        let isTakenTwice = try StoreLock.tryAcquire(file) != nil
        #expect(isTaken && !isTakenTwice)
        #expect(StoreLock.owner(of: file) == Int(ProcessInfo.processInfo.processIdentifier))
        withExtendedLifetime(lock) {}
      }
      let isFree = try StoreLock.tryAcquire(file) != nil
      #expect(isFree)
    }
  }

  @Test(.enabled(if: TestPython.path != nil, TestPython.reason))
  func `the lock of a process that was killed is free`() async throws {
    try await withFolder { folder in
      let file = folder.appending(path: "a.lock")
      let program = """
        import fcntl, os, sys, time
        lock = open(sys.argv[1], "w")
        fcntl.flock(lock, fcntl.LOCK_EX)
        lock.write(str(os.getpid()))
        lock.flush()
        time.sleep(900)
        """
      let holder = Process()
      holder.executableURL = URL(filePath: TestPython.path ?? "/usr/bin/python3")
      holder.arguments = ["-c", program, file.path]
      try holder.run()
      let limit = ContinuousClock.now + patience
      while (StoreLock.owner(of: file) ?? 0) == 0, ContinuousClock.now < limit {
        try await Task.sleep(for: .milliseconds(5))
      }
      let isFreeBefore = try StoreLock.tryAcquire(file) != nil
      #expect(!isFreeBefore)
      let owner = try #require(StoreLock.owner(of: file))
      kill(pid_t(owner), SIGKILL)
      let waited = Counter()
      let lock = try await StoreLock.acquire(file, clock: ContinuousClock()) { _ in
        _ = waited.next()
      }
      #expect(StoreLock.owner(of: file) == Int(ProcessInfo.processInfo.processIdentifier))
      withExtendedLifetime(lock) {}
      holder.waitUntilExit()
    }
  }
}
