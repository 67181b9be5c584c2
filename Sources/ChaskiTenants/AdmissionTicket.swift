// Owns: a request's place among those being answered, and giving it back exactly once.

import Synchronization

/// A request that was let in, with what is set aside for it.
///
/// It is closed by `TenantStore.record(_:closing:)`, which charges what was used instead, or by `close()`, which charges
/// nothing. A ticket that is dropped closes itself.
package final class AdmissionTicket: Sendable {
  /// Who was let in.
  package let principal: Principal
  /// What is set aside until the ticket is closed.
  let reserved: Charge
  /// How many tokens the request may use: those it asked for, or what its team has left of them; nil where nobody counts.
  package var tokenCount: Int? {
    principal.teamID == nil ? nil : Int(clamping: reserved.tokens)
  }
  private let desk: AdmissionDesk
  private let isOpen = Atomic(true)

  init(principal: Principal, reserved: Charge, desk: AdmissionDesk) {
    self.principal = principal
    self.reserved = reserved
    self.desk = desk
  }

  deinit { close() }

  /// Gives everything back that was set aside, and charges nothing; closing again does nothing.
  package func close() {
    guard closeOnce() else { return }
    desk.close(principal, reserved: reserved, charging: nil)
  }

  /// Whether this call is the one that closes the ticket.
  func closeOnce() -> Bool { isOpen.exchange(false, ordering: .acquiringAndReleasing) }
}
