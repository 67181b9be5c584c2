// Owns: a server on a free port for the length of a test, and asking it.

import AsyncHTTPClient
import ChaskiChat
import ChaskiGeneration
import ChaskiServer
import ChaskiTenants
import Foundation
import Logging
import NIOCore
import NIOHTTP1
import Testing

/// A server that listens while a test runs.
struct TestServer: Sendable {
  /// A reply, read whole.
  struct Reply: Sendable {
    let status: Int
    let headers: [(name: String, value: String)]
    let body: String

    /// The body as JSON.
    var json: JSONValue {
      get throws { try JSONValue(parsing: body) }
    }

    /// The first header of that name.
    func header(_ name: String) -> String? {
      headers.first { $0.name.lowercased() == name.lowercased() }?.value
    }

    /// The payloads of server-sent events.
    var events: [String] {
      body.components(separatedBy: "\n\n").compactMap { block in
        block.split(separator: "\n").first { $0.hasPrefix("data: ") }.map {
          String($0.dropFirst(6))
        }
      }
    }

    /// The names of server-sent events.
    var eventNames: [String] {
      body.split(separator: "\n").filter { $0.hasPrefix("event: ") }.map { String($0.dropFirst(7)) }
    }
  }

  let port: Int
  let service: ServerService

  /// Runs `body` while a server of `engine`'s model listens.
  static func run(
    _ engine: ScriptedEngine,
    template: String? = nil,
    pooling: Pooling? = .mean,
    adding tokens: [String] = [],
    gate: any Gate = OpenGate(),
    logger: Logger? = nil,
    figures: ServerFigures? = nil,
    tenants: @autoclosure @escaping @Sendable () -> TenantStore? = nil,
    configure: (inout ServerConfiguration) -> Void = { _ in },
    _ body: @escaping @Sendable (TestServer) async throws -> Void
  ) async throws {
    let registry = ModelRegistry([
      try TinyModel.served(by: engine, template: template, pooling: pooling, adding: tokens)
    ])
    try await run(
      registry,
      gate: gate,
      logger: logger,
      figures: figures,
      tenants: tenants(),
      configure: configure,
      body
    )
  }

  /// Runs `body` while a server of `registry`'s models listens.
  static func run(
    _ registry: ModelRegistry,
    gate: any Gate = OpenGate(),
    logger: Logger? = nil,
    figures: ServerFigures? = nil,
    tenants: @autoclosure @escaping @Sendable () -> TenantStore? = nil,
    configure: (inout ServerConfiguration) -> Void = { _ in },
    _ body: @escaping @Sendable (TestServer) async throws -> Void
  ) async throws {
    var configuration = ServerConfiguration()
    configuration.port = 0
    configuration.version = "test"
    configure(&configuration)
    let service = ServerService(
      configuration: configuration,
      registry: registry,
      gate: gate,
      figures: figures,
      tenants: tenants(),
      startTime: 1
    )
    let server = try await InferenceServer(service: service, logger: logger ?? Self.quietLogger)
    let (ports, found) = AsyncStream<Int>.makeStream()
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask {
        defer { found.finish() }
        try await server.run(signals: []) { found.yield($0) }
      }
      var isStarted = false
      for await port in ports {
        isStarted = true
        try await body(TestServer(port: port, service: service))
        break
      }
      // A server that never listened tells why.
      if !isStarted { try await group.next() }
      group.cancelAll()
    }
  }

  /// A logger that says nothing.
  static var quietLogger: Logger {
    var logger = Logger(label: "test")
    logger.logLevel = .critical
    return logger
  }

  /// Posts `json`.
  func post(
    _ path: String,
    _ json: String,
    headers: [String: String] = [:]
  ) async throws -> Reply {
    try await ask("POST", path, body: Array(json.utf8), headers: headers)
  }

  /// Gets `path`.
  func get(_ path: String, headers: [String: String] = [:]) async throws -> Reply {
    try await ask("GET", path, headers: headers)
  }

  /// Sends a request and reads all of the reply.
  func ask(
    _ method: String,
    _ path: String,
    body: [UInt8]? = nil,
    headers: [String: String] = [:]
  ) async throws -> Reply {
    var request = HTTPClientRequest(url: "http://127.0.0.1:\(port)\(path)")
    request.method = .RAW(value: method)
    for (name, value) in headers { request.headers.replaceOrAdd(name: name, value: value) }
    if let body { request.body = .bytes(ByteBuffer(bytes: body)) }
    let response = try await HTTPClient.shared.execute(request, timeout: .minutes(10))
    let buffer = try await response.body.collect(upTo: 64 << 20)
    return Reply(
      status: Int(response.status.code),
      headers: response.headers.map { (name: $0.name, value: $0.value) },
      body: String(buffer: buffer)
    )
  }
}

/// Waits until `condition` holds.
///
/// - Throws: `CancellationError` if the test is given up.
func eventually(_ condition: @Sendable () async -> Bool) async throws {
  while await !condition() { try await Task.sleep(for: .milliseconds(5)) }
}

extension JSONValue {
  /// The number, if it is a whole one.
  var count: Int? {
    if case .int(let number) = self { number } else { nil }
  }
}
