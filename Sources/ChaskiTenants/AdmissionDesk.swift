// Owns: the book of admissions, and that one request looks into it at a time.

import Foundation
import Synchronization

/// Where requests are let in and out; any thread may ask.
final class AdmissionDesk: Sendable {
  private let book: Mutex<AdmissionBook>
  private let clock: @Sendable () -> Date

  init(used: [Int64: Charge], clock: @escaping @Sendable () -> Date) {
    book = Mutex(AdmissionBook(used: used, at: clock()))
    self.clock = clock
  }

  /// Lets a request in, or says what it has to wait for.
  @inline(never)
  func admit(_ principal: Principal, _ demand: AdmissionBook.Demand, at now: Date) -> Admission {
    guard let team = principal.teamID else {
      return .admitted(AdmissionTicket(principal: principal, reserved: Charge(), desk: self))
    }
    let answer = book.withLock { book in
      book.admit(team: team, limits: principal.limits, demand: demand, at: now)
    }
    return switch answer {
    case .success(let charge):
      .admitted(AdmissionTicket(principal: principal, reserved: charge, desk: self))
    case .failure(let refusal): .limited(refusal.reason, retryAfter: refusal.retryAfter)
    }
  }

  /// Gives back what a ticket set aside, and charges what was used.
  @inline(never)
  func close(
    _ principal: Principal,
    reserved: Charge,
    charging charge: Charge?,
    at time: Date? = nil
  ) {
    guard let team = principal.teamID else { return }
    let time = time ?? clock()
    book.withLock { book in
      book.close(
        team: team,
        limits: principal.limits,
        reserved: reserved,
        charging: charge,
        at: time
      )
    }
  }

  /// Charges a request that has no open ticket.
  @inline(never)
  func charge(team: Int64, _ charge: Charge, at time: Date) {
    book.withLock { $0.charge(team: team, charge, at: time) }
  }
}
