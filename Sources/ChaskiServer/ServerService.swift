// Owns: what all routes share.

/// What all routes share: the models, who may ask, whether work is taken.
package struct ServerService: Sendable {
  /// How the server listens and what it allows.
  package let configuration: ServerConfiguration
  /// The models.
  package let registry: ModelRegistry
  /// Who may ask for what.
  package let gate: any Gate
  /// Whether work is taken.
  package let readiness: Readiness
  /// Figures as Prometheus text, if there are any.
  package let metricsText: (@Sendable () -> String)?
  /// When the server started, in seconds since 1970.
  package let startTime: Int

  /// A service of `registry`'s models.
  package init(
    configuration: ServerConfiguration,
    registry: ModelRegistry,
    gate: any Gate = OpenGate(),
    readiness: Readiness = Readiness(),
    metricsText: (@Sendable () -> String)? = nil,
    startTime: Int
  ) {
    self.configuration = configuration
    self.registry = registry
    self.gate = gate
    self.readiness = readiness
    self.metricsText = metricsText
    self.startTime = startTime
  }
}
