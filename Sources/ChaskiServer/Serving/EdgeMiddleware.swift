// Owns: what every request passes through: its id, its errors, its line in the log.

import ChaskiChat
import HTTPTypes
import Hummingbird
import Logging
import NIOCore

/// Gives each request an id and a line in the log, and each error the words of its API.
struct EdgeMiddleware: RouterMiddleware {
  typealias Context = ServerContext

  /// The routes, to tell a wrong method from a wrong path.
  let routes: [Route]
  /// The limits that errors name.
  let limits: ServerLimits
  /// Where requests are logged; the libraries below log elsewhere, or nothing.
  let logger: Logger

  func handle(
    _ request: Request,
    context: ServerContext,
    next: (Request, ServerContext) async throws -> Response
  ) async throws -> Response {
    let start = ContinuousClock.now
    var context = context
    context.requestID = RequestIdentifier(header: request.headers[.requestID]).text
    context.logger = logger
    context.logger[metadataKey: "request"] = .string(context.requestID)
    context.presence = await ConnectionWatch.presence(of: context.channel)
    var response: Response
    do {
      response = try await next(request, context)
    } catch {
      response = reply(to: error, request, context)
    }
    response.headers[.requestID] = context.requestID
    if APIDialect(path: request.uri.path) == .anthropic {
      response.headers[.anthropicRequestID] = context.requestID
    }
    context.logger.info(
      "answered",
      metadata: [
        "method": .string(request.method.rawValue),
        "path": .string(String(request.uri.path.prefix(200))),
        "status": .stringConvertible(response.status.code),
        "milliseconds": .stringConvertible(Int((ContinuousClock.now - start) / .milliseconds(1))),
      ]
    )
    return response
  }

  private func reply(
    to error: any Error,
    _ request: Request,
    _ context: ServerContext
  ) -> Response {
    let problem = problem(of: error, request)
    // The other errors are the client's, or told to it on purpose.
    if case .failed = problem {
      context.logger.error("failed", metadata: ["error": .string("\(error)")])
    }
    let body = APIDialect(path: request.uri.path).body(of: problem, requestID: context.requestID)
    var response = Response(json: body, status: problem.status)
    if let delay = problem.retryAfter {
      response.headers[.retryAfter] = String(Int((delay / .seconds(1)).rounded(.up)))
    }
    if case .wrongMethod(_, _, let allowed) = problem {
      response.headers[.allow] = allowed.joined(separator: ", ")
    }
    if case .unauthenticated = problem { response.headers[.wwwAuthenticate] = "Bearer" }
    return response
  }

  private func problem(of error: any Error, _ request: Request) -> ServerError {
    switch error {
    case is NIOTooManyBytesError: return .bodyTooLarge(limit: limits.bodyByteCount)
    case let error as HTTPError where error.status == .notFound:
      let path = request.uri.path
      var methods = routes.filter { $0.matches(path: path) }.map(\.method.rawValue)
      // What can be got, the router tells the head of.
      if methods.contains("GET") { methods.append("HEAD") }
      return methods.isEmpty
        ? .noRoute(path: String(path.prefix(200)))
        : .wrongMethod(method: request.method.rawValue, path: path, allowed: methods)
    default: return ServerError(cause: error)
    }
  }
}

extension HTTPField.Name {
  /// The id of a request, from the client or from us.
  static let requestID = Self("X-Request-Id") ?? .eTag
  /// The same, where Anthropic's clients look for it.
  static let anthropicRequestID = Self("Request-Id") ?? .eTag
}
