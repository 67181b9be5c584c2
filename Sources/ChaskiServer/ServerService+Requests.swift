// Owns: what every route begins with: a request's fields, the model that it asks for.

import Hummingbird

extension ServerService {
  /// The bounds on a request.
  var limits: ServerLimits { configuration.limits }

  /// The fields of a request's JSON.
  ///
  /// - Throws: `ServerError`, `NIOTooManyBytesError`.
  func fields(of request: Request) async throws -> RequestFields {
    try await request.fields(limits)
  }

  /// The model that `name` asks for, or the first one if nobody asks for any; waits until it is loaded.
  ///
  /// - Throws: As `ModelRegistry.model(named:presence:keepAlive:)`.
  func model(
    named name: String?,
    for context: ServerContext,
    keepAlive: KeepAlive? = nil
  ) async throws -> ServedModel {
    try await registry.model(
      named: name ?? registry.offers.first?.description.id ?? "",
      presence: context.presence,
      keepAlive: keepAlive
    )
  }
}
