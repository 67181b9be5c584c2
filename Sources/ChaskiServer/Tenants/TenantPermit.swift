// Owns: a request's place among its team's, and its line in the ledger.

import ChaskiTenants
import Foundation
import Logging

/// A place among the requests of a team; its end is a line in the ledger.
struct TenantPermit: Permit {
  private let ticket: AdmissionTicket
  private let store: TenantStore
  private let logger: Logger

  init(_ ticket: AdmissionTicket, store: TenantStore, logger: Logger) {
    self.ticket = ticket
    self.store = store
    self.logger = logger
  }

  var tokenCount: Int? { ticket.tokenCount }

  func finish(_ usage: RequestUsage) async {
    var entry = UsageEntry(
      // Clients may choose the id of a request, and choose one twice; a line's id is ours.
      id: UUID().uuidString,
      time: Date(),
      principal: ticket.principal,
      model: usage.model,
      route: usage.route,
      status: RequestStatus(usage.outcome)
    )
    entry.promptTokens = usage.promptTokenCount
    entry.cachedTokens = usage.cachedTokenCount
    entry.generatedTokens = usage.generatedTokenCount
    entry.wastedTokens = usage.wastedTokenCount
    entry.computeSeconds = usage.computeSeconds
    entry.queueSeconds = usage.queueDuration / .seconds(1)
    entry.firstTokenSeconds = usage.timeToFirstToken.map { $0 / .seconds(1) }
    entry.totalSeconds = usage.duration / .seconds(1)
    do {
      try await store.record(entry, closing: ticket)
    } catch {
      logger.error(
        "not in the ledger",
        metadata: ["request": .string(usage.requestID), "error": .string("\(error)")]
      )
    }
  }
}

extension RequestStatus {
  init(_ outcome: RequestUsage.Outcome) {
    self =
      switch outcome {
      case .finished: .finished
      case .cancelled: .cancelled
      case .failed: .failed
      }
  }
}
