// Owns: saying in a few words why a connection failed.

import AsyncHTTPClient
import NIOCore
import NIOPosix
import SystemPackage

/// The reason a connection could not be made or broke.
enum ConnectionProblem {
  /// One clause, without the closing stop.
  static func sentence(for error: any Error) -> String {
    switch error {
    case let error as HTTPClientError: sentence(for: error)
    case let error as NIOConnectionError: sentence(for: error)
    case let error as IOError: Errno(rawValue: error.errnoCode).description
    default: String(String(describing: error).prefix(200))
    }
  }

  private static func sentence(for error: HTTPClientError) -> String {
    switch error {
    case .readTimeout: "no bytes came for too long"
    case .connectTimeout, .deadlineExceeded: "there was no answer in time"
    case .remoteConnectionClosed: "the connection was closed too early"
    default: String(error.description.prefix(200))
    }
  }

  private static func sentence(for error: NIOConnectionError) -> String {
    if let failure = error.connectionErrors.last?.error as? IOError {
      return Errno(rawValue: failure.errnoCode).description
    }
    return "the address of \(error.host) was not found"
  }
}
