// Owns: the order in which a server ends.

package import Logging
import ServiceLifecycle

/// Ends the server's work in good order: readiness off, nothing new, what runs until a deadline.
package struct DrainService: Service {
  /// Waits for somebody to ask a second time that the server ends; false if nobody can.
  package typealias Impatience = @Sendable () async -> Bool

  private let service: ServerService
  private let logger: Logger
  private let impatience: Impatience

  /// The end of `service`, at once if `impatience` says so.
  package init(service: ServerService, logger: Logger, impatience: @escaping Impatience) {
    self.service = service
    self.logger = logger
    self.impatience = impatience
  }

  package func run() async throws {
    try? await gracefulShutdown()
    service.readiness.enter(.leaving)
    logger.info("leaving")
    await withTaskGroup { group in
      group.addTask {
        await drain()
        return true
      }
      // Whoever asks once more, by Ctrl-C for instance, does not want to wait.
      group.addTask {
        guard await impatience() else { return false }
        await hurry()
        return true
      }
      for await isDone in group where isDone { break }
      group.cancelAll()
    }
    logger.info("drained")
  }

  private func drain() async {
    try? await Task.sleep(for: service.configuration.drainDelay)
    service.readiness.enter(.draining)
    await service.registry.drain(within: service.configuration.drainDeadline)
  }

  private func hurry() async {
    logger.info("leaving at once")
    service.readiness.enter(.draining)
    await service.registry.drain(within: .zero)
  }
}
