// Owns: the server as a whole: listening, and ending in good order.

import ChaskiChat
import HTTPTypes
import Hummingbird
import HummingbirdCore
import HummingbirdTLS
package import Logging
import NIOCore
import NIOPosix
import NIOSSL
import ServiceLifecycle
package import UnixSignals

/// Serves models over HTTP until it is told to stop.
package struct InferenceServer: Sendable {
  private let service: ServerService
  private let logger: Logger

  /// A server for `service`.
  ///
  /// - Throws: `StartError` for addresses that others reach although there are no keys.
  package init(service: ServerService, logger: Logger) async throws {
    let hasKeys = await service.gate.hasKeys
    guard service.configuration.isLoopback || hasKeys else {
      throw StartError.openToOthers(host: service.configuration.host)
    }
    self.service = service
    self.logger = logger
  }

  /// Why a server does not start.
  package enum StartError: Error, Sendable, Equatable, CustomStringConvertible {
    /// Others could reach a server without keys.
    case openToOthers(host: String)
    /// Certificate or key cannot be used.
    case certificate(path: String, reason: String)

    /// One sentence that says what to change.
    package var description: String {
      switch self {
      case .openToOthers(let host):
        "\(host) can be reached from other machines, and there are no keys: make keys first, "
          + "or listen at 127.0.0.1."
      case .certificate(let path, let reason): "\(path) cannot be used for TLS: \(reason)."
      }
    }
  }

  /// Checks what can be checked before models are loaded: the files of certificate and key.
  ///
  /// - Throws: `StartError.certificate`.
  package static func check(_ configuration: ServerConfiguration) throws(StartError) {
    if let files = configuration.tls { _ = try tls(files) }
  }

  /// Serves until SIGTERM or SIGINT, or until the task is cancelled; `onStart` is told the port.
  ///
  /// At a signal readiness goes off first; requests are taken for `drainDelay` more, what runs then has
  /// until `drainDeadline`.
  ///
  /// - Throws: `StartError`, what binding the address throws.
  package func run(
    signals: [UnixSignal] = [.sigterm, .sigint],
    onStart: @escaping @Sendable (_ port: Int) async -> Void = { _ in }
  ) async throws {
    let configuration = service.configuration
    let application = Application(
      router: RouteTable(service: service, logger: logger).router(),
      server: try channelSetup(),
      configuration: ApplicationConfiguration(
        address: .hostname(configuration.host, port: configuration.port),
        serverName: "chaski/\(configuration.version)",
        availableConnectionsDelegate: MaximumAvailableConnections(
          configuration.limits.connectionCount
        )
      ),
      onServerRunning: { channel in await onStart(channel.localAddress?.port ?? 0) },
      eventLoopGroupProvider: .shared(Self.loops),
      logger: quietLogger
    )
    let drain = DrainService(service: service, logger: logger)
    var services: [ServiceGroupConfiguration.ServiceConfiguration] = [
      .init(service: application, failureTerminationBehavior: .gracefullyShutdownGroup)
    ]
    if let figures = service.figures {
      let activity = ActivityService(figures: figures)
      services.append(.init(service: activity, successTerminationBehavior: .ignore))
    }
    services.append(.init(service: drain, successTerminationBehavior: .ignore))
    var group = ServiceGroupConfiguration(
      // Services end in the opposite order: first what runs comes to its end, then nobody is listened to.
      services: services,
      gracefulShutdownSignals: signals,
      logger: quietLogger
    )
    group.maximumGracefulShutdownDuration =
      configuration.drainDelay + configuration.drainDeadline + .seconds(10)
    try await ServiceGroup(configuration: group).run()
  }

  /// Threads for connections, as many as the process ever has: tasks of a connection may outlive its server.
  ///
  /// They are few, because the model computes on every processor and each thread that is woken for a token takes one
  /// away from it. One writes tens of thousands of tokens a second.
  private static let loops = MultiThreadedEventLoopGroup(
    numberOfThreads: max(1, System.coreCount / 4)
  )

  /// The logger of the libraries below, whose starts and ends nobody wants to read.
  private var quietLogger: Logger {
    var logger = logger
    if logger.logLevel == .info { logger.logLevel = .warning }
    return logger
  }

  private func channelSetup() throws -> HTTPServerBuilder {
    let limits = service.configuration.limits
    let plain = HTTPServerBuilder.http1(
      configuration: HTTP1Channel.Configuration(
        additionalChannelHandlers: [ConnectionWatch(limits: limits)],
        idleTimeout: TimeAmount(limits.headDuration)
      )
    )
    guard let files = service.configuration.tls else { return plain }
    return try .tls(plain, tlsConfiguration: Self.tls(files))
  }

  private static func tls(
    _ files: ServerConfiguration.TLSFiles
  ) throws(StartError) -> TLSConfiguration {
    let chain: [NIOSSLCertificate]
    do {
      chain = try NIOSSLCertificate.fromPEMFile(files.certificate)
    } catch {
      throw .certificate(path: files.certificate, reason: reason(error, "a certificate"))
    }
    guard !chain.isEmpty else {
      throw .certificate(path: files.certificate, reason: "it holds no certificate")
    }
    let key: NIOSSLPrivateKey
    do {
      key = try NIOSSLPrivateKey(file: files.key, format: .pem)
    } catch {
      throw .certificate(path: files.key, reason: reason(error, "a private key"))
    }
    var configuration = TLSConfiguration.makeServerConfiguration(
      certificateChain: chain.map { .certificate($0) },
      privateKey: .privateKey(key)
    )
    configuration.minimumTLSVersion = .tlsv12
    do {
      // Whether the two belong together shows when they are used.
      _ = try NIOSSLContext(configuration: configuration)
    } catch {
      throw .certificate(path: files.key, reason: "it is not the key of \(files.certificate)")
    }
    return configuration
  }

  private static func reason(_ error: any Error, _ expected: String) -> String {
    if let error = error as? IOError { return error.description }
    return "it holds not \(expected) in PEM's form"
  }
}
