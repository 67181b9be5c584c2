// Owns: what all routes share.

package import ChaskiTenants

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
  /// What the engines do, if that is watched.
  package let figures: ServerFigures?
  private let tenantSource: @Sendable () -> TenantStore?
  /// When the server started, in seconds since 1970.
  package let startTime: Int

  /// A service of `registry`'s models.
  package init(
    configuration: ServerConfiguration,
    registry: ModelRegistry,
    gate: any Gate = OpenGate(),
    readiness: Readiness = Readiness(),
    metricsText: (@Sendable () -> String)? = nil,
    figures: ServerFigures? = nil,
    tenants: @autoclosure @escaping @Sendable () -> TenantStore? = nil,
    startTime: Int
  ) {
    self.configuration = configuration
    self.registry = registry
    self.gate = gate
    self.readiness = readiness
    self.metricsText = metricsText
    self.figures = figures
    tenantSource = tenants
    self.startTime = startTime
  }
  /// Teams, keys and the ledger, once there is a database of them.
  package var tenants: TenantStore? { tenantSource() }
}
