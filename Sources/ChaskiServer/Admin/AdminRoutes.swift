// Owns: the administrators' routes. Does not own: what they do to the database (TenantStore), what the engines do now
// (ServerStatus).

import ChaskiChat
import ChaskiTenants
import Foundation
import HTTPTypes
import Hummingbird

/// Teams, keys, usage, the audit log and what happens now, for keys of the scope `admin`.
struct AdminRoutes: Sendable {
  private static let root = "/admin/api"

  let service: ServerService

  /// The routes.
  var routes: [Route] {
    teams + keys + [
      route(.get, "status", scope: .metrics, "What the server does now") { request, _ in
        try await ServerStatus(request, service).answer()
      },
      route(.get, "usage", "What everybody used") { request, _ in
        try await UsageQuestion(request).answer(TenantOffice(service))
      },
      route(.get, "audit", "Administrative acts, newest first") { request, _ in
        try await audit(request)
      },
      Route(.get, "/v1/usage", scope: .usage, "What the key's own team used") { request, context in
        guard let team = context.caller.principal?.teamID else {
          throw ServerError.forbidden("Without a key there is no team whose usage this could be.")
        }
        let answer = try await UsageQuestion(request, ofTeam: team).answer(TenantOffice(service))
        return Self.private(answer)
      },
    ]
  }

  private var teams: [Route] {
    [
      route(.get, "teams", "The teams") { request, _ in
        let fields = try QueryFields(request, known: ["removed"])
        let all = try fields.bool("removed") ?? false
        let teams = try await TenantOffice(service).perform { (store) throws(TenantError) in
          try store.teams(includingRemoved: all)
        }
        return Response(json: ["teams": .array(teams.map(\.json))])
      },
      route(.post, "teams", "Add a team", addTeam),
      route(.get, "teams/**", "One team") { request, context in
        let name = Self.name(context)
        _ = try QueryFields(request, known: [])
        let team = try await TenantOffice(service).perform { (store) throws(TenantError) in
          try store.team(named: name)
        }
        return Response(json: team.json)
      },
      route(.patch, "teams/**", "Change a team", changeTeam),
      route(.delete, "teams/**", "Remove a team and revoke its keys") { _, context in
        let name = Self.name(context)
        let actor = try Self.actor(context)
        try await TenantOffice(service).perform { (store) throws(TenantError) in
          try store.removeTeam(name, by: actor)
        }
        return Response(json: ["name": .string(name), "removed": true])
      },
    ]
  }

  private var keys: [Route] {
    [
      route(.get, "keys", "The keys, without their secrets") { request, _ in
        let team = try QueryFields(request, known: ["team"]).string("team")
        let keys = try await TenantOffice(service).perform { (store) throws(TenantError) in
          try store.keys(ofTeam: team)
        }
        return Response(json: ["keys": .array(keys.map(\.json))])
      },
      route(.post, "keys", "Make a key; its secret is in this reply only", addKey),
      route(.get, "keys/**", "One key") { _, context in
        let id = try Self.id(context)
        let key = try await TenantOffice(service).perform { (store) throws(TenantError) in
          try store.key("\(id)")
        }
        return Response(json: key.json)
      },
      route(.delete, "keys/**", "Revoke a key") { _, context in
        let id = try Self.id(context)
        let actor = try Self.actor(context)
        let key = try await TenantOffice(service).perform { (store) throws(TenantError) in
          try store.revokeKey(id, by: actor)
          return try store.key("\(id)")
        }
        return Response(json: key.json)
      },
    ]
  }

  private func addTeam(_ request: Request, _ context: ServerContext) async throws -> Response {
    let actor = try Self.actor(context)
    let office = try TenantOffice(service)
    let fields = try await request.fields(service.configuration.limits)
    try fields.refuseOthers(than: ["name"] + TeamChange.names)
    let name = try fields.required("name")
    var settings = TeamSettings()
    try TeamChange(fields).apply(to: &settings)
    let team = try await office.perform { [settings] (store) throws(TenantError) in
      try store.addTeam(name, settings, by: actor)
    }
    return Response(json: team.json, status: .created)
  }

  private func changeTeam(_ request: Request, _ context: ServerContext) async throws -> Response {
    let actor = try Self.actor(context)
    let office = try TenantOffice(service)
    let fields = try await request.fields(service.configuration.limits)
    try fields.refuseOthers(than: TeamChange.names)
    let change = try TeamChange(fields)
    guard !change.isEmpty else {
      throw ServerError.invalid("Name what to change: \(TeamChange.names.joined(separator: ", ")).")
    }
    let name = Self.name(context)
    let team = try await office.perform { (store) throws(TenantError) in
      try store.changeTeam(name, by: actor) { change.apply(to: &$0) }
    }
    return Response(json: team.json)
  }

  private func addKey(_ request: Request, _ context: ServerContext) async throws -> Response {
    let actor = try Self.actor(context)
    let office = try TenantOffice(service)
    let fields = try await request.fields(service.configuration.limits)
    try fields.refuseOthers(than: ["team", "label", "scopes", "priority", "expires"])
    let team = try fields.required("team")
    let settings = try KeySettings(fields, now: Date())
    let new = try await office.perform { (store) throws(TenantError) in
      try store.addKey(team: team, settings, by: actor)
    }
    var object = new.key.json.object ?? JSONObject()
    object["secret"] = .string(new.secret)
    return Response(json: .object(object), status: .created)
  }

  private func audit(_ request: Request) async throws -> Response {
    let fields = try QueryFields(request, known: ["limit", "before"])
    let limit = Int(try fields.int("limit", in: 1...1000) ?? 100)
    let before = try fields.int("before", in: 1...Int64.max)
    let entries = try await TenantOffice(service).perform { (store) throws(TenantError) in
      try store.audit(limit: limit, before: before)
    }
    let next = entries.count == limit ? entries.last?.number : nil
    return Response(json: ["entries": .array(entries.map(\.json)), "before": .count(next)])
  }

  /// A route below the root, whose replies nobody keeps.
  private func route(
    _ method: HTTPRequest.Method,
    _ path: String,
    scope: Scope = .admin,
    _ summary: String,
    _ handler: @escaping Route.Handler
  ) -> Route {
    Route(method, "\(Self.root)/\(path)", scope: scope, summary) { request, context in
      Self.private(try await handler(request, context))
    }
  }

  private static func `private`(_ response: Response) -> Response {
    var response = response
    response.headers[.cacheControl] = "no-store"
    return response
  }

  /// Who acts, for the audit log.
  ///
  /// - Throws: `ServerError.forbidden` for whoever has no key: everybody on this machine can reach a server without
  ///   keys, but the database is its owner's.
  private static func actor(_ context: ServerContext) throws(ServerError) -> String {
    guard let key = context.caller.principal?.keyID else { throw .needsAdministrator }
    return "key:\(key)"
  }

  private static func name(_ context: ServerContext) -> String {
    let name = context.parameters.getCatchAll().joined(separator: "/")
    return name.removingPercentEncoding ?? name
  }

  private static func id(_ context: ServerContext) throws(ServerError) -> Int64 {
    let text = name(context)
    guard let id = Int64(text) else {
      throw .unknown("There is no key \"\(text.prefix(100))\"; keys are named by their numbers.")
    }
    return id
  }
}

extension KeySettings {
  /// What a request to make a key says.
  fileprivate init(_ fields: RequestFields, now: Date) throws(ServerError) {
    self.init()
    label = try fields.string("label") ?? ""
    priority = try fields.int("priority", in: TeamSettings.priorities)
    if let text = try fields.string("expires") {
      guard let moment = Moment(text) else {
        throw .field("expires", expected: "a day (2027-01-31), a time, or how long from now (90d)")
      }
      expires = moment.date(after: now)
    }
    guard let names = try fields.strings("scopes", atMost: 100) else { return }
    scopes = []
    for name in names {
      guard let scope = Scope(rawValue: name) else {
        let known = Scope.allCases.map(\.rawValue).joined(separator: ", ")
        throw .field("scopes", expected: "of \(known)")
      }
      scopes.insert(scope)
    }
    guard !scopes.isEmpty else { throw .field("scopes", expected: "one scope or more") }
  }
}

extension ServerError {
  /// What is told to whoever wants to administer without a key.
  static let needsAdministrator = ServerError.forbidden(
    "Administration needs a key of the scope admin, also on this machine: "
      + "`chaski keys add TEAM --scope admin` makes the first one."
  )
}
