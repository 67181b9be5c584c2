// Owns: the answer to a request that wants to begin.

/// Whether a request may begin now.
package enum Admission: Sendable {
  /// It may; the ticket is to be closed when it has ended.
  case admitted(AdmissionTicket)
  /// It may not, and trying again before `retryAfter` has passed is of no use.
  case limited(LimitReason, retryAfter: Duration)
}
