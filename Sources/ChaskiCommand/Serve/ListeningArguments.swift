// Owns: the options that say where a server listens and what it lets in.

import ArgumentParser
import ChaskiServer

/// Where a server listens and what it lets in.
struct ListeningArguments: ParsableArguments {
  @Option(help: "The name or address to listen at.")
  var host = "127.0.0.1"

  @Option(parsing: .unconditional, help: "The port to listen at; 0 lets the system choose.")
  var port = 8080

  @Option(help: "TLS: a certificate chain, PEM.")
  var tlsCertificate: String?

  @Option(help: "TLS: the certificate's private key, PEM.")
  var tlsKey: String?

  @Option(
    help: "An origin whose pages may ask, or * for all; may be given several times."
  )
  var allowOrigin: [String] = []

  @Option(parsing: .unconditional, help: "The most megabytes of a request.")
  var maxRequestSize = 8

  @Option(parsing: .unconditional, help: "How many levels deep a request's JSON may nest.")
  var maxRequestDepth = 64

  @Option(parsing: .unconditional, help: "The most seconds that a request may take to arrive.")
  var requestTimeout = 60

  @Option(parsing: .unconditional, help: "The most connections at once.")
  var maxConnections = 1024

  @Option(
    parsing: .unconditional,
    help: "At the end: seconds during which requests are still taken, with readiness off."
  )
  var drainDelay = 0

  @Option(parsing: .unconditional, help: "At the end: seconds that running answers may take.")
  var drainDeadline = 30

  func validate() throws {
    guard (0...65_535).contains(port) else {
      throw ValidationError("--port \(port): use 0 to 65535.")
    }
    guard (tlsCertificate == nil) == (tlsKey == nil) else {
      throw ValidationError("Give both --tls-certificate and --tls-key, or neither.")
    }
    try Self.check(maxRequestSize, 1...1024, "max-request-size")
    try Self.check(maxRequestDepth, 4...90, "max-request-depth")
    try Self.check(requestTimeout, 1...86_400, "request-timeout")
    try Self.check(maxConnections, 1...100_000, "max-connections")
    try Self.check(drainDelay, 0...3600, "drain-delay")
    try Self.check(drainDeadline, 0...86_400, "drain-deadline")
  }

  private static func check(
    _ value: Int,
    _ range: ClosedRange<Int>,
    _ option: String
  ) throws(ValidationError) {
    guard range.contains(value) else {
      throw ValidationError("--\(option) \(value): use \(range.lowerBound) to \(range.upperBound).")
    }
  }

  /// The options as the server takes them.
  func configuration() throws -> ServerConfiguration {
    var configuration = ServerConfiguration()
    configuration.host = host
    configuration.port = port
    if let tlsCertificate, let tlsKey {
      configuration.tls = ServerConfiguration.TLSFiles(certificate: tlsCertificate, key: tlsKey)
    }
    configuration.allowedOrigins = allowOrigin
    configuration.limits.bodyByteCount = maxRequestSize << 20
    configuration.limits.nestingDepth = maxRequestDepth
    // A connection that idles that long is closed: the body gets its answer before.
    configuration.limits.headDuration = .seconds(requestTimeout + 1)
    configuration.limits.bodyDuration = .seconds(requestTimeout)
    configuration.limits.connectionCount = maxConnections
    configuration.drainDelay = .seconds(drainDelay)
    configuration.drainDeadline = .seconds(drainDeadline)
    configuration.version = ChaskiCommand.version
    return configuration
  }
}
