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
  /// Where replies are counted.
  let figures: ServerFigures?

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
    var problem: ServerError?
    do {
      response = try await next(request, context)
    } catch {
      let found = self.problem(of: error, request)
      response = reply(to: found, error, request, context)
      problem = found
    }
    response.headers[.requestID] = context.requestID
    if APIDialect(path: request.uri.path) == .anthropic {
      response.headers[.anthropicRequestID] = context.requestID
    }
    figures?.noteReply(status: response.status.code)
    log(response.status, problem, request, context, since: start)
    return response
  }

  private func log(
    _ status: HTTPResponse.Status,
    _ problem: ServerError?,
    _ request: Request,
    _ context: ServerContext,
    since start: ContinuousClock.Instant
  ) {
    var metadata: Logger.Metadata = [
      "method": .string(request.method.rawValue),
      "path": .string(String(request.uri.path.prefix(200))),
      "status": .stringConvertible(status.code),
      "milliseconds": .stringConvertible(Int((ContinuousClock.now - start) / .milliseconds(1))),
    ]
    if let team = context.notes.team { metadata["team"] = .string(team) }
    if let problem { metadata["refused"] = .string(problem.logText) }
    context.logger.info("answered", metadata: metadata)
  }

  private func reply(
    to problem: ServerError,
    _ error: any Error,
    _ request: Request,
    _ context: ServerContext
  ) -> Response {
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
