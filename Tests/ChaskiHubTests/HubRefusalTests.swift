// Owns: what a hub's refusals, mistakes and lies lead to.

import ChaskiHub
import Foundation
import NIOHTTP1
import Testing

@Suite(.timeLimit(.minutes(10))) struct HubRefusalTests {
  private static let name = "tiny-Q4_0.gguf"
  private static let bytes = TestHub.bytes(100_000)
  private static let hub = TestHub([(name, bytes)])

  // Pulls acme/tiny from a hub and hands over what was thrown, what was asked and what was slept.
  private func failure(
    token: String? = nil,
    of answer: @escaping TestServer.Answer,
    check: (HubError?, TestServer, InstantClock) throws -> Void
  ) async throws {
    try await withFolder { folder in
      try await TestServer.run(answer) { server in
        let clock = InstantClock()
        let library = try ModelLibrary(
          settings: settings(folder, hub: server.address, token: token, clock: clock)
        )
        let error = await #expect(throws: HubError.self) {
          try await library.pull(.hub(HubModel(parsing: "acme/tiny")))
        }
        #expect(library.store.contents().models.isEmpty)
        try check(error, server, clock)
      }
    }
  }

  // Answers the listing as usual and the file as a closure says.
  private static func file(
    _ reply: @escaping @Sendable (TestRequest) -> TestReply
  ) -> TestServer.Answer {
    { request in request.path.hasPrefix("/api/") ? hub.answer(request) : reply(request) }
  }

  @Test(arguments: [
    (404, HubError.notOnHub(what: "repository acme/tiny", host: "127.0.0.1")),
    (401, .accessDenied(repository: "acme/tiny", host: "127.0.0.1", hasToken: false)),
    (403, .accessDenied(repository: "acme/tiny", host: "127.0.0.1", hasToken: false)),
    (451, .hubStatus(host: "127.0.0.1", status: 451, message: "Unavailable For Legal Reasons")),
  ])
  func `a refused listing is reported and not tried again`(_ status: Int, _ expected: HubError)
    async throws
  {
    try await failure { _ in
      .text(HTTPResponseStatus(statusCode: status))
    } check: {
      #expect($0 == expected)
      #expect($1.requests.count == 1)
      #expect($2.sleeps.isEmpty)
    }
  }

  @Test func `a refusal in spite of a token says that the token is the trouble`() async throws {
    try await failure(token: "secret") { _ in
      .text(.forbidden)
    } check: { error, _, _ in
      #expect(
        error == .accessDenied(repository: "acme/tiny", host: "127.0.0.1", hasToken: true)
      )
      #expect(error.map { !"\($0)".contains("secret") } == true)
    }
  }

  @Test func `a hub that answers strangers with 401 for what is not there is understood`()
    async throws
  {
    let answer: TestServer.Answer = { _ in
      TestReply(status: .unauthorized, headers: [("X-Error-Code", "RepoNotFound")])
    }
    try await failure(of: answer) { error, _, _ in
      #expect(error == .notOnHub(what: "repository acme/tiny", host: "127.0.0.1"))
    }
  }

  @Test func `a file that is listed and not there is reported`() async throws {
    try await failure(of: Self.file { _ in .text(.notFound) }) { error, _, _ in
      #expect(
        error == .notOnHub(what: "file \(Self.name) in acme/tiny", host: "127.0.0.1")
      )
    }
  }

  @Test func `a hub that asks to wait is waited for`() async throws {
    try await withFolder { folder in
      let asked = Counter()
      let answer: TestServer.Answer = { request in
        asked.next() < 2
          ? TestReply(status: .tooManyRequests, headers: [("Retry-After", "17")])
          : Self.hub.answer(request)
      }
      try await TestServer.run(answer) { server in
        let clock = InstantClock()
        let library = try ModelLibrary(
          settings: settings(folder, hub: server.address, clock: clock)
        )
        _ = try await library.pull(.hub(HubModel(parsing: "acme/tiny")))
        #expect(clock.sleeps == [.seconds(17), .seconds(17)])
      }
    }
  }

  @Test func `a hub that asks to wait for hours is not waited for`() async throws {
    let answer: TestServer.Answer = { _ in
      TestReply(status: .tooManyRequests, headers: [("Retry-After", "7200")])
    }
    try await failure(of: answer) { error, server, clock in
      #expect(error == .rateLimited(host: "127.0.0.1", retryAfter: .seconds(7200)))
      #expect(server.requests.count == 1)
      #expect(clock.sleeps.isEmpty)
    }
  }

  @Test func `a hub that keeps failing is tried with longer and longer waits, and given up`()
    async throws
  {
    try await failure(of: Self.file { _ in .text(.serviceUnavailable) }) { error, server, clock in
      #expect(
        error == .hubStatus(host: "127.0.0.1", status: 503, message: "Service Unavailable")
      )
      #expect(server.requests(for: "/resolve/").count == 6)
      #expect(clock.sleeps == [1, 2, 4, 8, 16].map { .seconds($0) })
    }
  }

  @Test func `a host that nobody answers at is given up`() async throws {
    try await withFolder { folder in
      let port = try ClosedPort()
      let library = try ModelLibrary(
        settings: settings(folder, hub: "http://127.0.0.1:\(port.number)")
      )
      let error = await #expect(throws: HubError.self) {
        try await library.pull(.hub(HubModel(parsing: "acme/tiny")))
      }
      guard case .connectionFailed(host: "127.0.0.1", attempts: 4, let reason) = error else {
        Issue.record("\(String(describing: error))")
        return
      }
      #expect(reason == "Connection refused")
      withExtendedLifetime(port) {}
    }
  }

  @Test func `a file with another checksum is not installed and not kept`() async throws {
    let other = TestHub.bytes(100_000, seed: 3)
    try await withFolder { folder in
      try await TestServer.run(Self.file { _ in TestReply(body: other) }) { server in
        let library = try ModelLibrary(settings: settings(folder, hub: server.address))
        await #expect(
          throws: HubError.checksumMismatch(
            file: Self.name,
            expected: TestHub.sha256(Self.bytes),
            found: TestHub.sha256(other)
          )
        ) {
          try await library.pull(.hub(HubModel(parsing: "acme/tiny")))
        }
        #expect(!files(below: folder).contains { $0.contains(".gguf.") })
      }
    }
  }

  @Test(arguments: [true, false])
  func `a file that is longer than listed is refused before it fills the disk`(_ saysLength: Bool)
    async throws
  {
    let answer = Self.file { _ in
      TestReply(body: Self.bytes + TestHub.bytes(2_000_000), saysLength: saysLength)
    }
    try await withFolder { folder in
      try await TestServer.run(answer) { server in
        let library = try ModelLibrary(settings: settings(folder, hub: server.address))
        let error = await #expect(throws: HubError.self) {
          try await library.pull(.hub(HubModel(parsing: "acme/tiny")))
        }
        guard case .sizeMismatch(Self.name, expected: 100_000, let found) = error else {
          Issue.record("\(String(describing: error))")
          return
        }
        #expect(found > 100_000)
        #expect(!files(below: folder).contains { $0.contains(".gguf.") })
      }
    }
  }

  @Test func `a file that says to be shorter than listed is refused`() async throws {
    let answer = Self.file { _ in TestReply(body: Array(Self.bytes.dropLast())) }
    try await failure(of: answer) { error, _, _ in
      #expect(error == .sizeMismatch(file: Self.name, expected: 100_000, found: 99_999))
    }
  }

  @Test func `a file that turns out shorter than listed is asked for again, and given up`()
    async throws
  {
    let answer = Self.file { request in
      var reply = Self.hub.content(Self.bytes, request)
      reply.saysLength = false
      reply.sentCount = 0
      return reply
    }
    try await failure(of: answer) { error, server, _ in
      guard case .connectionFailed(host: "127.0.0.1", attempts: 6, _) = error else {
        Issue.record("\(String(describing: error))")
        return
      }
      #expect(server.requests(for: "/resolve/").count == 6)
    }
  }

  @Test func `an answer without any length is refused`() async throws {
    let answer: TestServer.Answer = { request in
      request.path.hasPrefix("/api/")
        ? .text(.ok, #"{"siblings": [{"rfilename": "tiny.gguf"}]}"#)
        : TestReply(body: Self.bytes, saysLength: false)
    }
    try await failure(of: answer) { error, _, _ in
      #expect(error == .malformedReply(host: "127.0.0.1", reason: "no length of tiny.gguf"))
    }
  }

  @Test(arguments: [5, 0, 60_000])
  func `the rest of a file from a wrong place is not taken for the right one`(_ start: Int)
    async throws
  {
    let attempts = Counter()
    let answer = Self.file { request in
      if attempts.next() == 0 { return TestReply(body: Self.bytes).cutShort(after: 50_000) }
      guard request.rangeStart != nil else { return TestReply(body: Self.bytes) }
      return TestReply(
        status: .partialContent,
        headers: [("Content-Range", "bytes \(start)-99999/100000")],
        body: Array(Self.bytes[start...])
      )
    }
    try await withFolder { folder in
      try await TestServer.run(answer) { server in
        let library = try ModelLibrary(settings: settings(folder, hub: server.address))
        let model = try await library.pull(.hub(HubModel(parsing: "acme/tiny")))
        #expect(try Array(Data(contentsOf: model.url)) == Self.bytes)
        #expect(server.requests(for: "/resolve/").map(\.rangeStart) == [nil, 50_000, nil])
      }
    }
  }

  @Test(arguments: ["bytes", nil])
  func `the rest of a file that does not say its place is refused`(_ range: String?) async throws {
    let attempts = Counter()
    let answer = Self.file { request in
      if attempts.next() == 0 { return TestReply(body: Self.bytes).cutShort(after: 50_000) }
      return TestReply(
        status: .partialContent,
        headers: range.map { [("Content-Range", $0)] } ?? [],
        body: Array(Self.bytes[50_000...])
      )
    }
    try await failure(of: answer) { error, _, _ in
      #expect(
        error
          == .malformedReply(host: "127.0.0.1", reason: "a partial answer without its range")
      )
    }
  }

  @Test func `a range beyond the end makes the download begin anew`() async throws {
    let attempts = Counter()
    let answer = Self.file { request in
      switch attempts.next() {
      case 0: TestReply(body: Self.bytes).cutShort(after: 50_000)
      case 1: .text(.rangeNotSatisfiable)
      default: Self.hub.answer(request)
      }
    }
    try await withFolder { folder in
      try await TestServer.run(answer) { server in
        let model = try await ModelLibrary(settings: settings(folder, hub: server.address))
          .pull(.hub(HubModel(parsing: "acme/tiny")))
        #expect(try Array(Data(contentsOf: model.url)) == Self.bytes)
        #expect(server.requests(for: "/resolve/").map(\.rangeStart) == [nil, 50_000, nil])
      }
    }
  }

  @Test func `redirects in a circle end`() async throws {
    try await failure(of: Self.file { .redirect($0.path) }) { error, server, _ in
      guard case .refusedRedirect = error else {
        Issue.record("\(String(describing: error))")
        return
      }
      #expect(server.requests(for: "/resolve/").count == 6)
    }
  }

  @Test(arguments: [
    "file:///etc/passwd", "ftp://hub.example/x", "http://user:pass@127.0.0.1/x", "data:,x",
    "http://",
  ])
  func `a redirect to what is no plain http address is refused`(_ target: String) async throws {
    try await failure(of: Self.file { _ in .redirect(target) }) { error, _, _ in
      switch error {
      case .refusedRedirect, .malformedReply: break
      default: Issue.record("\(String(describing: error))")
      }
    }
  }

  @Test func `a redirect without a target is refused`() async throws {
    try await failure(of: Self.file { _ in .text(.found) }) { error, _, _ in
      #expect(
        error == .malformedReply(host: "127.0.0.1", reason: "a redirect without an address")
      )
    }
  }

  @Test func `a listing that is too long is not read to its end`() async throws {
    let padding = String(repeating: " ", count: RepositoryListing.maximumSize + 1)
    try await failure { _ in
      .text(.ok, padding)
    } check: { error, _, _ in
      #expect(
        error == .replyTooLarge(host: "127.0.0.1", limit: RepositoryListing.maximumSize)
      )
    }
  }

  @Test func `a model larger than the disk is refused before a byte is brought`() async throws {
    let listing = """
      {"siblings": [{"rfilename": "tiny-00001-of-00002.gguf", "size": 9000000000000000000},
                    {"rfilename": "tiny-00002-of-00002.gguf", "size": 9000000000000000000}]}
      """
    try await failure { _ in
      .text(.ok, listing)
    } check: { error, server, _ in
      guard case .diskFull(_, needed: .max, _) = error else {
        Issue.record("\(String(describing: error))")
        return
      }
      #expect(server.requests.count == 1)
    }
  }

  @Test func `a file name that leads out of its folder is refused before it is asked for`()
    async throws
  {
    let listing = #"{"siblings": [{"rfilename": "../../../evil.gguf", "size": 5}]}"#
    try await failure { _ in
      .text(.ok, listing)
    } check: { error, server, _ in
      guard case .unsafeName(name: "../../../evil.gguf", _) = error else {
        Issue.record("\(String(describing: error))")
        return
      }
      #expect(server.requests.count == 1)
    }
  }
}
