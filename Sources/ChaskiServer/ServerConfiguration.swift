// Owns: how a server listens, what it lets in and how long it waits.

/// How a server listens and what it allows.
package struct ServerConfiguration: Sendable, Equatable {
  /// The name or address to listen at.
  package var host = "127.0.0.1"
  /// The port to listen at; 0 lets the system choose.
  package var port = 8080
  /// Certificate and key, for TLS.
  package var tls: TLSFiles?
  /// How often the files of certificate and key are looked at.
  package var certificateInterval = Duration.seconds(30)
  /// The origins whose pages may ask, such as `https://chat.example.org`; `*` is all.
  package var allowedOrigins: [String] = []
  /// What a request may cost before it is understood.
  package var limits = ServerLimits()
  /// How long requests go on being taken after readiness is off.
  package var drainDelay = Duration.zero
  /// How long answers may go on once nothing new is taken.
  package var drainDeadline = Duration.seconds(30)
  /// The version that replies name.
  package var version = "dev"

  /// Port 8080 of this machine alone, without TLS.
  package init() {}

  /// A certificate chain and its private key.
  package struct TLSFiles: Sendable, Equatable {
    /// The path of the certificate chain, PEM.
    package var certificate: String
    /// The path of the private key, PEM.
    package var key: String

    /// The files at these paths.
    package init(certificate: String, key: String) {
      self.certificate = certificate
      self.key = key
    }
  }

  /// Whether only programs on this machine can reach the server.
  package var isLoopback: Bool { HostName(host).isLoopback }
}
