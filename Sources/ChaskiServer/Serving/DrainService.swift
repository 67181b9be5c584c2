// Owns: the order in which a server ends.

import Logging
import ServiceLifecycle

/// Ends the server's work in good order: readiness off, nothing new, what runs until a deadline.
struct DrainService: Service {
  let service: ServerService
  let logger: Logger

  func run() async throws {
    try? await gracefulShutdown()
    // A second signal cancels; then nothing is waited for.
    service.readiness.enter(.leaving)
    logger.info("leaving")
    try? await Task.sleep(for: service.configuration.drainDelay)
    service.readiness.enter(.draining)
    await service.registry.drain(within: service.configuration.drainDeadline)
    logger.info("drained")
  }
}
