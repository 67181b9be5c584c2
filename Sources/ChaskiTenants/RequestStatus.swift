// Owns: how a request can end.

/// How a request ended.
package enum RequestStatus: String, Sendable, CaseIterable, Codable {
  /// With its whole answer.
  case finished
  /// Because its sender went away or stopped it.
  case cancelled
  /// With an error of the server's.
  case failed
  /// Before any work: malformed, over a limit, or not allowed.
  case rejected
}
