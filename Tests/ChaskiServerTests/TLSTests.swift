import AsyncHTTPClient
import ChaskiServer
import Foundation
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
    _ body: @escaping @Sendable (TestServer, HTTPClient) async throws -> Void
  ) async throws {
    let pem = certificate.pem
    let files = ServerConfiguration.TLSFiles(
      certificate: certificate.certificate,
      key: certificate.key
    )
    try await TestServer.run(
      ScriptedEngine(saying: "Hel", "lo"),
      configure: { $0.tls = files }
    ) { server in
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
        result = .success(try await body(server, client))
      } catch {
        result = .failure(error)
      }
      try await client.shutdown()
      try result.get()
    }
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
          try InferenceServer.check(configuration)
        }
        #expect(error?.description.hasPrefix("\(culprit) cannot be used for TLS: ") == true)
      }
    }
  }
}
