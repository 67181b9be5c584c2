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
    try Self.check(service.configuration, hasKeys: hasKeys)
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

  /// Checks what can be checked before models are loaded: the files of certificate and key, and who can reach the server.
  ///
  /// - Throws: `StartError`.
  package static func check(_ configuration: ServerConfiguration, hasKeys: Bool) throws(StartError)
  {
    guard configuration.isLoopback || hasKeys else {
      throw .openToOthers(host: configuration.host)
    }
    guard let files = configuration.tls else { return }
    _ = try ServerCertificate(ServerCertificate.Contents(files), of: files)
  }

  /// Serves until SIGTERM or SIGINT, or until the task is cancelled; `onStart` is told the port.
  ///
  /// At a signal readiness goes off first; requests are taken for `drainDelay` more, what runs then has
  /// until `drainDeadline`. A second signal ends it at once.
  ///
  /// - Throws: `StartError`, what binding the address throws.
  package func run(
    signals: [UnixSignal] = [.sigterm, .sigint],
    onStart: @escaping @Sendable (_ port: Int) async -> Void = { _ in }
  ) async throws {
    let configuration = service.configuration
    let certificate = try configuration.tls.map { files in
      try CertificateWatch(files, every: configuration.certificateInterval, logger: logger)
    }
    let application = Application(
      router: RouteTable(service: service, logger: logger).router(),
      server: try channelSetup(certificate),
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
    var group = ServiceGroupConfiguration(
      // Services end in the opposite order: first what runs comes to its end, then nobody is listened to.
      services: services(application, certificate, signals: signals),
      gracefulShutdownSignals: signals,
      logger: quietLogger
    )
    group.maximumGracefulShutdownDuration =
      configuration.drainDelay + configuration.drainDeadline + .seconds(10)
    try await ServiceGroup(configuration: group).run()
  }

  private func services(
    _ application: any Service,
    _ certificate: CertificateWatch?,
    signals: [UnixSignal]
  ) -> [ServiceGroupConfiguration.ServiceConfiguration] {
    let drain = DrainService(service: service, logger: logger) {
      for await _ in await UnixSignalsSequence(trapping: signals) { return true }
      return false
    }
    let activity = service.figures.map { ActivityService(figures: $0) }
    let watches: [(any Service)?] = [activity, certificate, drain]
    return [.init(service: application, failureTerminationBehavior: .gracefullyShutdownGroup)]
      + watches.compactMap(\.self).map { .init(service: $0, successTerminationBehavior: .ignore) }
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

  private func channelSetup(_ certificate: CertificateWatch?) throws -> HTTPServerBuilder {
    let limits = service.configuration.limits
    let plain = HTTPServerBuilder.http1(
      configuration: HTTP1Channel.Configuration(
        additionalChannelHandlers: [ConnectionWatch(limits: limits)],
        idleTimeout: TimeAmount(limits.headDuration)
      )
    )
    guard let certificate else { return plain }
    return try .tls(plain, tlsConfiguration: certificate.configuration)
  }
}
