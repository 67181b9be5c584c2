import AsyncHTTPClient
import ChaskiServer
import Foundation
import Logging
import NIOCore
import NIOHTTP1
import NIOSSL
import Testing

/// A server with a certificate.
struct TLSTests {
  private static let question = """
    {"model": "tiny", "messages": [{"role": "user", "content": "Hi"}], "stream": STREAM}
    """

  /// Runs `body` while a server with `certificate` listens, with a client that trusts it.
  private static func run(
    _ certificate: TestCertificate,
    maximumVersion: TLSVersion? = nil,
    logger: Logger? = nil,
    _ body: @escaping @Sendable (TestServer, HTTPClient) async throws -> Void
  ) async throws {
    let files = ServerConfiguration.TLSFiles(
      certificate: certificate.certificate,
      key: certificate.key
    )
    try await TestServer.run(
      ScriptedEngine(saying: "Hel", "lo"),
      logger: logger,
      configure: {
        $0.tls = files
        $0.certificateInterval = .milliseconds(5)
      }
    ) { server in
      try await withClient(trusting: certificate.pem, maximumVersion: maximumVersion) { client in
        try await body(server, client)
      }
    }
  }

  /// Runs `body` with a client of its own connections, which trusts one certificate.
  private static func withClient(
    trusting pem: String,
    maximumVersion: TLSVersion? = nil,
    _ body: (HTTPClient) async throws -> Void
  ) async throws {
    var tls = TLSConfiguration.makeClientConfiguration()
    tls.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(Array(pem.utf8)))
    tls.minimumTLSVersion = .tlsv1
    tls.maximumTLSVersion = maximumVersion
    let client = HTTPClient(
      eventLoopGroupProvider: .singleton,
      configuration: HTTPClient.Configuration(tlsConfiguration: tls)
    )
    let result: Result<Void, any Error>
    do {
      result = .success(try await body(client))
    } catch {
      result = .failure(error)
    }
    try await client.shutdown()
    try result.get()
  }

  private static func ask(
    _ client: HTTPClient,
    _ server: TestServer,
    isStreamed: Bool
  ) async throws -> (status: UInt, body: String) {
    var request = HTTPClientRequest(url: "https://localhost:\(server.port)/v1/chat/completions")
    request.method = .POST
    let text = question.replacingOccurrences(of: "STREAM", with: "\(isStreamed)")
    request.body = .bytes(ByteBuffer(string: text))
    let response = try await client.execute(request, timeout: .minutes(10))
    let body = try await response.body.collect(upTo: 1 << 20)
    return (response.status.code, String(buffer: body))
  }

  @Test(arguments: [TLSVersion.tlsv12, .tlsv13])
  func `a conversation is answered, whole and as a stream`(version: TLSVersion) async throws {
    try await TestCertificate.with { certificate, _ in
      try await Self.run(certificate, maximumVersion: version) { server, client in
        let whole = try await Self.ask(client, server, isStreamed: false)
        #expect(whole.status == 200)
        #expect(whole.body.contains("\"content\":\"Hello\""))
        let stream = try await Self.ask(client, server, isStreamed: true)
        #expect(stream.status == 200)
        #expect(stream.body.contains("\"content\":\"Hel\""))
        #expect(stream.body.hasSuffix("data: [DONE]\n\n"))
      }
    }
  }

  @Test func `a client that knows only versions which are broken is refused`() async throws {
    try await TestCertificate.with { certificate, _ in
      try await Self.run(certificate, maximumVersion: .tlsv11) { server, client in
        await #expect(throws: (any Error).self) {
          try await Self.ask(client, server, isStreamed: false)
        }
      }
    }
  }

  @Test(arguments: [
    "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", "\u{16}\u{3}\u{1}\u{0}", "\0\0\0\0\0\0",
  ])
  func `what is not TLS is closed, and harms nobody`(text: String) async throws {
    try await TestCertificate.with { certificate, _ in
      try await Self.run(certificate) { server, client in
        let connection = try await RawConnection.open(port: server.port)
        try await connection.use { send, endSending, receive in
          try await send(text)
          endSending()
          let reply = try await receive { _ in false }
          #expect(!reply.contains("HTTP/1.1 200"))
        }
        let reply = try await Self.ask(client, server, isStreamed: false)
        #expect(reply.status == 200)
      }
    }
  }

  @Test func `a renewed certificate is for new connections, and a broken one for none`()
    async throws
  {
    try await TestCertificate.with { certificate, folder in
      let renewed = try TestCertificate.make(in: folder, prefix: "renewed")
      let log = KeptLog()
      try await Self.run(certificate, logger: log.logger) { server, client in
        #expect(try await Self.ask(client, server, isStreamed: false).status == 200)
        // The first half of a renewal: the key is another certificate's. Then what is no certificate at all, and none.
        try Self.copy(renewed.certificate, to: certificate.certificate)
        try await eventually { log.problems.count == 1 }
        try Data("Hello".utf8).write(to: URL(filePath: certificate.certificate))
        try await eventually { log.problems.count == 2 }
        try FileManager.default.removeItem(atPath: certificate.certificate)
        try await eventually { log.problems.count == 3 }
        #expect(try await Self.status(of: server, trusting: certificate) == 200)
        try Self.copy(renewed.certificate, to: certificate.certificate)
        try Self.copy(renewed.key, to: certificate.key)
        try await eventually { log.lines.contains { $0.message == "new certificate" } }
        let renewal = log.lines.first { $0.message == "new certificate" }
        #expect(renewal?.metadata["ends"] == "2049-12-31T23:59:59Z")
        #expect(try await Self.status(of: server, trusting: renewed) == 200)
        await #expect(throws: (any Error).self) {
          try await Self.status(of: server, trusting: certificate)
        }
        // The connection that was open before is open still.
        #expect(try await Self.ask(client, server, isStreamed: false).status == 200)
        #expect(log.problems.allSatisfy { $0.contains("cannot be used for TLS") })
      }
    }
  }

  private static func status(
    of server: TestServer,
    trusting certificate: TestCertificate
  ) async throws -> UInt {
    var status: UInt?
    try await withClient(trusting: certificate.pem) { client in
      let reply = try await ask(client, server, isStreamed: false)
      status = reply.status
    }
    return try #require(status)
  }

  private static func copy(_ path: String, to other: String) throws {
    try Data(contentsOf: URL(filePath: path)).write(to: URL(filePath: other))
  }

  @Test func `files that are missing or something else are named`() async throws {
    try await TestCertificate.with { certificate, folder in
      let other = try TestCertificate.make(in: folder, prefix: "other")
      let text = folder.appending(path: "text").path
      try Data("Hello".utf8).write(to: URL(filePath: text))
      let missing = folder.appending(path: "missing").path
      for (chain, key, culprit) in [
        (missing, certificate.key, missing), (certificate.certificate, missing, missing),
        (text, certificate.key, text), (certificate.certificate, text, text),
        // Certificate and key in each other's place, and a key of another certificate.
        (certificate.key, certificate.certificate, certificate.key),
        (certificate.certificate, other.key, other.key),
      ] {
        var configuration = ServerConfiguration()
        configuration.tls = ServerConfiguration.TLSFiles(certificate: chain, key: key)
        let error = #expect(throws: InferenceServer.StartError.self) {
          try InferenceServer.check(configuration, hasKeys: false)
        }
        #expect(error?.description.hasPrefix("\(culprit) cannot be used for TLS: ") == true)
      }
    }
  }
}

extension KeptLog {
  /// What was wrong with certificates so far.
  fileprivate var problems: [String] {
    lines.filter { $0.message == "the old certificate stays" }.compactMap { $0.metadata["error"] }
  }
}
