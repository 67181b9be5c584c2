// Owns: pulls that are cut off and taken up again.

import ChaskiHub
import Foundation
import NIOHTTP1
import Testing

@Suite(.timeLimit(.minutes(10))) struct HubResumeTests {
  private static let name = "tiny-Q4_0.gguf"
  private let bytes = TestHub.bytes(200_000)

  private func reference() throws -> ModelReference {
    .hub(try HubModel(parsing: "acme/tiny"))
  }

  /// How the host of the file changes between the first attempt, which breaks off, and the next.
  struct Scenario: Sendable, CustomTestStringConvertible {
    let testDescription: String
    var namesChecksums = true
    var honoursRange = true
    var secondETag = "\"etag-1\""
    var secondChanges = false
    /// Where each request for the file begins; nil for one without a range.
    let starts: [Int?]
  }

  static let scenarios = [
    Scenario(testDescription: "an honest host", starts: [nil, 60_000]),
    Scenario(
      testDescription: "a host that ignores ranges",
      honoursRange: false,
      starts: [nil, 60_000]
    ),
    Scenario(
      testDescription: "no checksum, the same entity tag",
      namesChecksums: false,
      starts: [nil, 60_000]
    ),
    Scenario(
      testDescription: "no checksum, another entity tag",
      namesChecksums: false,
      secondETag: "\"etag-2\"",
      secondChanges: true,
      starts: [nil, 60_000, nil]
    ),
    Scenario(
      testDescription: "a checksum, another entity tag",
      secondETag: "\"etag-2\"",
      starts: [nil, 60_000]
    ),
  ]

  @Test(arguments: scenarios)
  func `an answer that ends early is followed by one for the rest`(_ scenario: Scenario)
    async throws
  {
    try await withFolder { folder in
      let other = TestHub.bytes(200_000, seed: 9)
      let attempts = Counter()
      let answer: TestServer.Answer = { [bytes] request in
        var hub = TestHub([(Self.name, bytes)])
        hub.namesChecksums = scenario.namesChecksums
        hub.honoursRange = scenario.honoursRange
        guard request.path.contains("/resolve/") else { return hub.answer(request) }
        let attempt = attempts.next()
        if attempt > 0 {
          hub.etag = scenario.secondETag
          if scenario.secondChanges { hub.files[0].bytes = other }
        }
        var reply = hub.answer(request)
        if attempt == 0 { reply = reply.cutShort(after: 60_000) }
        return reply
      }
      try await TestServer.run(answer) { server in
        let library = try ModelLibrary(settings: settings(folder, hub: server.address))
        let record = ProgressRecord()
        let model = try await library.pull(reference(), progress: record.handler)
        #expect(
          try Array(Data(contentsOf: model.url)) == (scenario.secondChanges ? other : bytes)
        )
        #expect(server.requests(for: "/resolve/").map(\.rangeStart) == scenario.starts)
        #expect(
          record.phases.contains {
            if case .retrying(attempt: 2, delay: .seconds(1), _) = $0 { true } else { false }
          }
        )
        #expect(files(below: model.directory) == ["manifest.json", Self.name])
      }
    }
  }

  @Test func `a cancelled pull stops at once, and the next goes on from its bytes`() async throws {
    try await withFolder { folder in
      let attempts = Counter()
      let answer: TestServer.Answer = { [bytes] request in
        var reply = TestHub([(Self.name, bytes)]).answer(request)
        if request.path.contains("/resolve/"), attempts.next() == 0 {
          (reply.sentCount, reply.ending) = (150_000, .silent)
        }
        return reply
      }
      try await TestServer.run(answer) { server in
        let library = try ModelLibrary(settings: settings(folder, hub: server.address))
        let record = ProgressRecord()
        let reference = try reference()
        let task = Task { try await library.pull(reference, progress: record.handler) }
        let partial = library.store.directory
        let limit = ContinuousClock.now + patience
        while ModelStoreProbe.byteCount(below: partial) < 150_000, ContinuousClock.now < limit {
          try await Task.sleep(for: .milliseconds(5))
        }
        let cancelled = ContinuousClock.now
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(ContinuousClock.now - cancelled < patience / 2)
        #expect(library.store.contents().models.isEmpty)

        let again = ProgressRecord()
        let model = try await library.pull(reference, progress: again.handler)
        #expect(try Array(Data(contentsOf: model.url)) == bytes)
        #expect(server.requests(for: "/resolve/").map(\.rangeStart) == [nil, 150_000])
        #expect(again.phases.prefix(3) == [.listing, .checking, .downloading])
      }
    }
  }

  @Test func `bytes of an earlier day that were damaged are found out and brought anew`()
    async throws
  {
    try await withFolder { folder in
      let attempts = Counter()
      let answer: TestServer.Answer = { [bytes] request in
        var reply = TestHub([(Self.name, bytes)]).answer(request)
        if request.path.contains("/resolve/"), attempts.next() == 0 {
          reply = reply.cutShort(after: 100_000)
        }
        return reply
      }
      try await TestServer.run(answer) { server in
        var impatient = try settings(folder, hub: server.address)
        impatient.retries.maximumAttempts = 1
        let reference = try reference()
        await #expect(throws: HubError.self) {
          try await ModelLibrary(settings: impatient).pull(reference)
        }
        let library = try ModelLibrary(settings: settings(folder, hub: server.address))
        let folderName = try #require(
          files(below: library.store.directory).first { $0.hasSuffix(".gguf.partial") }
        )
        let partial = library.store.directory.appending(path: folderName)
        var damaged = try Data(contentsOf: partial)
        damaged[50] ^= 1
        try damaged.write(to: partial)
        let model = try await library.pull(reference)
        #expect(try Array(Data(contentsOf: model.url)) == bytes)
        #expect(server.requests(for: "/resolve/").map(\.rangeStart) == [nil, damaged.count, nil])
      }
    }
  }

  @Test func `parts that are complete are not brought again`() async throws {
    try await withFolder { folder in
      let parts = (1...2).map {
        ("tiny-0000\($0)-of-00002.gguf", TestHub.bytes(1000, seed: UInt64($0)))
      }
      let seconds = Counter()
      let answer: TestServer.Answer = { request in
        if request.path.hasSuffix("00002-of-00002.gguf"), seconds.next() == 0 {
          return .text(.forbidden)
        }
        return TestHub(parts).answer(request)
      }
      try await TestServer.run(answer) { server in
        let library = try ModelLibrary(settings: settings(folder, hub: server.address))
        let reference = try reference()
        await #expect(throws: HubError.self) { try await library.pull(reference) }
        #expect(library.store.contents().models.isEmpty)
        let model = try await library.pull(reference)
        #expect(model.files.count == 2)
        #expect(server.requests(for: "00001-of-00002.gguf").count == 1)
      }
    }
  }

  @Test func `a connection that falls silent is given up and followed by another`() async throws {
    try await withFolder { folder in
      let attempts = Counter()
      let answer: TestServer.Answer = { [bytes] request in
        var reply = TestHub([(Self.name, bytes)]).answer(request)
        if request.path.contains("/resolve/"), attempts.next() == 0 {
          (reply.sentCount, reply.ending) = (70_000, .silent)
        }
        return reply
      }
      try await TestServer.run(answer) { server in
        var impatient = try settings(folder, hub: server.address)
        impatient.idleTimeout = .seconds(3)
        let model = try await ModelLibrary(settings: impatient).pull(reference())
        #expect(try Array(Data(contentsOf: model.url)) == bytes)
        // A loaded machine may let a good connection seem silent too.
        #expect(server.requests(for: "/resolve/").count >= 2)
      }
    }
  }

  @Test func `connections that keep breaking bring the file all the same`() async throws {
    try await withFolder { folder in
      let answer: TestServer.Answer = { [bytes] request in
        var reply = TestHub([(Self.name, bytes)]).answer(request)
        if request.path.contains("/resolve/"), reply.body.count > 60_000 {
          (reply.sentCount, reply.ending) = (60_000, .closed)
        }
        return reply
      }
      try await TestServer.run(answer) { server in
        var patient = try settings(folder, hub: server.address)
        patient.retries.usefulByteCount = 1
        patient.retries.maximumAttempts = 20
        let model = try await ModelLibrary(settings: patient).pull(reference())
        #expect(try Array(Data(contentsOf: model.url)) == bytes)
        // What a closing connection had not handed over is lost, so where each begins is left to chance.
        let starts = server.requests(for: "/resolve/").map { $0.rangeStart ?? 0 }
        #expect(starts.count >= 4)
        #expect(starts == starts.sorted())
      }
    }
  }

  @Test func `two pulls at once bring one file, and the second says that it waits`() async throws {
    try await withFolder { folder in
      let hub = TestHub([(Self.name, bytes)])
      let answer: TestServer.Answer = { request in
        var reply = hub.answer(request)
        if request.path.contains("/resolve/"), request.rangeStart == nil {
          reply = reply.cutShort(after: 70_000)
        }
        return reply
      }
      try await TestServer.run(answer) { server in
        var real = try settings(folder, hub: server.address, clock: ContinuousClock())
        real.retries.firstDelay = .milliseconds(700)
        let library = try ModelLibrary(settings: real)
        let reference = try reference()
        let (first, second) = (ProgressRecord(), ProgressRecord())
        async let one = library.pull(reference, progress: first.handler)
        try await first.wait { $0.phase == .downloading }
        async let two = library.pull(reference, progress: second.handler)
        #expect(try await one == two)
        #expect(second.phases.last == .finished(wasThere: true))
        #expect(
          second.phases.contains(
            .waiting(owner: Int(ProcessInfo.processInfo.processIdentifier))
          )
        )
        #expect(server.requests(for: "/resolve/").map(\.rangeStart) == [nil, 70_000])
      }
    }
  }
}

/// What lies in a store while a pull runs.
enum ModelStoreProbe {
  static func byteCount(below folder: URL) -> Int {
    files(below: folder).filter { $0.hasSuffix(".gguf.partial") }.reduce(0) { sum, name in
      let path = folder.appending(path: name).path
      let size = try? FileManager.default.attributesOfItem(atPath: path)[.size] as? NSNumber
      return sum + (size?.intValue ?? 0)
    }
  }
}
