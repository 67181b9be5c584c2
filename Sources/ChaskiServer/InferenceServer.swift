// Owns: the server as a whole: listening, and ending in good order.

import ChaskiChat
import HTTPTypes
import Hummingbird
import HummingbirdCore
import HummingbirdTLS
package import Logging
import NIOCore
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
      logger: quietLogger
    )
    let drain = DrainService(service: service, logger: logger)
    var group = ServiceGroupConfiguration(
      // Services end in the opposite order: first what runs comes to its end, then nobody is listened to.
      services: [
        .init(service: application, failureTerminationBehavior: .gracefullyShutdownGroup),
        .init(service: drain, successTerminationBehavior: .ignore),
      ],
      gracefulShutdownSignals: signals,
      logger: quietLogger
    )
    group.maximumGracefulShutdownDuration =
      configuration.drainDelay + configuration.drainDeadline + .seconds(10)
    try await ServiceGroup(configuration: group).run()
  }

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
      throw .certificate(path: files.certificate, reason: "\(error)")
    }
    do {
      let key = try NIOSSLPrivateKey(file: files.key, format: .pem)
      return TLSConfiguration.makeServerConfiguration(
        certificateChain: chain.map { .certificate($0) },
        privateKey: .privateKey(key)
      )
    } catch {
      throw .certificate(path: files.key, reason: "\(error)")
    }
  }
}
