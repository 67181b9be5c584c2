// Owns: single requests to a hub: redirects, the token, and what statuses mean.
// Does not own: going on after failures (HubDownload, RetryPolicy).

import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1

/// A hub's answer, with what its own host said before it sent us elsewhere.
struct HubReply {
  /// The answer that is no redirect.
  let response: HTTPClientResponse
  /// The address that gave it.
  let url: String
  /// The host that gave it.
  let host: String
  /// The SHA-256 that the hub names for a large file (`X-Linked-ETag`).
  let linkedSHA256: String?
  /// The length that the hub names for a large file (`X-Linked-Size`).
  let linkedSize: Int64?
}

/// Makes requests to one hub.
///
/// Source: the HTTP interface of the Hugging Face Hub, <https://huggingface.co/docs/hub/api>, 2024; redirects and
/// ranges as in RFC 9110 (2022).
struct HubClient {
  let http: HTTPClient
  let settings: HubSettings

  /// The most redirects that are followed.
  static let maximumRedirects = 5

  /// Runs a closure with a client, and closes all connections after it.
  static func with<Value>(
    _ settings: HubSettings,
    _ body: (HubClient) async throws -> Value
  ) async throws -> Value {
    if settings.token != nil, settings.hub.origin.scheme != "https",
      !settings.hub.origin.isLoopback
    {
      throw HubError.insecureToken(host: settings.hub.origin.host)
    }
    var configuration = HTTPClient.Configuration(
      redirectConfiguration: .disallow,
      timeout: .init(
        connect: TimeAmount(settings.connectTimeout),
        read: TimeAmount(settings.idleTimeout)
      )
    )
    // Attempts are counted, announced and spaced here, not in the client's pool.
    configuration.connectionPool.retryConnectionEstablishment = false
    // One long body at a time: the newer protocol's windows only slow that down.
    configuration.httpVersion = .http1Only
    return try await HTTPClient.withHTTPClient(configuration: configuration) { http in
      try await body(HubClient(http: http, settings: settings))
    }
  }

  /// Asks for an address, and follows redirects.
  ///
  /// - Parameters:
  ///   - address: An address of the hub.
  ///   - offset: How many bytes to skip.
  /// - Returns: The first answer that is no redirect, whatever its status.
  /// - Throws: `TransferFailure` for what another attempt may cure, `HubError` for the rest.
  func get(_ address: String, from offset: Int64 = 0) async throws -> HubReply {
    var url = address
    var linkedSHA256: String?
    var linkedSize: Int64?
    for _ in 0...Self.maximumRedirects {
      guard let components = URLComponents(string: url),
        let origin = HubAddress.Origin(components)
      else {
        throw HubError.malformedReply(host: settings.hub.origin.host, reason: "a bad address")
      }
      let response = try await execute(url, origin: origin, offset: offset)
      if origin == settings.hub.origin {
        linkedSHA256 = linkedSHA256 ?? Self.sha256(response.headers.first(name: "X-Linked-ETag"))
        linkedSize =
          linkedSize ?? response.headers.first(name: "X-Linked-Size").flatMap { Int64($0) }
      }
      guard [301, 302, 303, 307, 308].contains(response.status.code) else {
        return HubReply(
          response: response,
          url: url,
          host: origin.host,
          linkedSHA256: linkedSHA256,
          linkedSize: linkedSize
        )
      }
      url = try target(of: response, from: url, origin: origin)
    }
    throw HubError.refusedRedirect(
      from: address,
      to: url,
      reason: "there were over \(Self.maximumRedirects) redirects"
    )
  }

  private func execute(
    _ url: String,
    origin: HubAddress.Origin,
    offset: Int64
  ) async throws -> HTTPClientResponse {
    var request = HTTPClientRequest(url: url)
    request.headers.add(name: "User-Agent", value: "chaski")
    // A compressed body would be another file than the one whose bytes are counted.
    request.headers.add(name: "Accept-Encoding", value: "identity")
    if offset > 0 { request.headers.add(name: "Range", value: "bytes=\(offset)-") }
    if let token = settings.token, origin == settings.hub.origin {
      request.headers.add(name: "Authorization", value: "Bearer \(token)")
    }
    do {
      let patience = settings.connectTimeout + settings.idleTimeout
      return try await http.execute(request, timeout: TimeAmount(patience))
    } catch {
      throw try Self.failure(error, host: origin.host)
    }
  }

  private func target(
    of response: HTTPClientResponse,
    from url: String,
    origin: HubAddress.Origin
  ) throws(HubError) -> String {
    guard let location = response.headers.first(name: "Location"),
      location.utf8.count <= 8192, let base = URL(string: url),
      let resolved = URL(string: location, relativeTo: base)?.absoluteString,
      let components = URLComponents(string: resolved)
    else { throw .malformedReply(host: origin.host, reason: "a redirect without an address") }
    guard let next = HubAddress.Origin(components) else {
      throw .refusedRedirect(from: url, to: resolved, reason: "it is not an http address")
    }
    guard next.scheme == "https" || origin.scheme == "http" else {
      throw .refusedRedirect(from: url, to: resolved, reason: "it leaves https")
    }
    guard components.user == nil, components.password == nil else {
      throw .refusedRedirect(from: url, to: next.host, reason: "it holds a name or password")
    }
    return resolved
  }

  /// Reads a short body.
  func body(of reply: HubReply, limit: Int) async throws -> Data {
    do {
      let buffer = try await reply.response.body.collect(upTo: limit)
      return Data(buffer.readableBytesView)
    } catch is NIOTooManyBytesError {
      throw HubError.replyTooLarge(host: reply.host, limit: limit)
    } catch {
      throw try Self.failure(error, host: reply.host)
    }
  }

  /// What a status other than success means for the one who asked for `what`.
  func failure(_ reply: HubReply, what: String, repository: String) -> any Error {
    let status = Int(reply.response.status.code)
    let message = String(
      (reply.response.headers.first(name: "X-Error-Message") ?? reply.response.status.reasonPhrase)
        .prefix(300)
    )
    // Some hubs answer strangers with 401 for what does not exist, and say so in a header of their own.
    let code = reply.response.headers.first(name: "X-Error-Code") ?? ""
    if ["RepoNotFound", "RevisionNotFound", "EntryNotFound"].contains(code) {
      return HubError.notOnHub(what: what, host: reply.host)
    }
    switch status {
    case 401, 403:
      return HubError.accessDenied(
        repository: repository,
        host: reply.host,
        hasToken: settings.token != nil
      )
    case 404, 410:
      return HubError.notOnHub(what: what, host: reply.host)
    case 408, 425, 429, 500...599:
      // Seconds only: hubs send no dates here, and the usual wait is a safe answer to one.
      let wait = reply.response.headers.first(name: "Retry-After").flatMap { UInt32($0) }
      return TransferFailure(
        host: reply.host,
        reason: message,
        status: status,
        retryAfter: wait.map { .seconds(Int64($0)) }
      )
    default:
      return HubError.hubStatus(host: reply.host, status: status, message: message)
    }
  }

  /// A failure of the connection as something to try again; cancellation passes through.
  static func failure(_ error: any Error, host: String) throws -> TransferFailure {
    if error is HubError || error is TransferFailure || error is CancellationError { throw error }
    if Task.isCancelled { throw CancellationError() }
    return TransferFailure(host: host, reason: ConnectionProblem.sentence(for: error))
  }

  private static func sha256(_ etag: String?) -> String? {
    let text = etag?.trimmingCharacters(in: ["\""]).lowercased()
    return text.flatMap { NameRules.isSHA256($0) ? $0 : nil }
  }
}

extension TimeAmount {
  // Nanoseconds hold 292 years; a longer patience is as good as that.
  fileprivate init(_ duration: Duration) {
    let seconds = min(max(duration.components.seconds, 0), 1 << 32)
    self = .nanoseconds(seconds * 1_000_000_000 + duration.components.attoseconds / 1_000_000_000)
  }
}
