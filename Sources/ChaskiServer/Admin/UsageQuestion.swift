// Owns: reading a question about usage off a request, and answering it as JSON or CSV.

import ChaskiChat
import ChaskiTenants
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore

/// A question about usage, as `chaski usage` asks it.
struct UsageQuestion: Sendable {
  private static let names = ["by", "since", "until", "key", "model", "status", "format"]

  private var query = UsageQuery()
  private let isCSV: Bool

  /// The question of `request`, about the team `own` alone if it is given, and else about `team` or everybody.
  ///
  /// - Throws: `ServerError.field`, `.unsupported`.
  init(_ request: Request, ofTeam own: Int64? = nil) throws(ServerError) {
    let known = own == nil ? ["team"] + Self.names : Self.names
    let fields = try QueryFields(request, known: known)
    let format = try fields.string("format") ?? "json"
    guard ["json", "csv"].contains(format) else { throw .field("format", expected: "json or csv") }
    isCSV = format == "csv"
    query.teamID = own
    query.team = try fields.string("team")
    query.keyID = try fields.int("key", in: 1...Int64.max)
    query.model = try fields.string("model")
    if let name = try fields.string("status") {
      guard let status = RequestStatus(rawValue: name) else {
        let known = RequestStatus.allCases.map(\.rawValue).joined(separator: ", ")
        throw .field("status", expected: "one of \(known)")
      }
      query.status = status
    }
    query.since = try Self.moment(fields, "since")
    query.until = try Self.moment(fields, "until")
    let groups = fields.strings("by")
    if !groups.isEmpty { query.grouping = [] }
    for name in groups {
      guard let group = UsageGrouping(rawValue: name) else {
        let known = UsageGrouping.allCases.map(\.rawValue).joined(separator: ", ")
        throw .field("by", expected: "of \(known)")
      }
      query.grouping.append(group)
    }
  }

  private static func moment(_ fields: QueryFields, _ name: String) throws(ServerError) -> Date? {
    guard let text = try fields.string(name) else { return nil }
    guard let moment = Moment(text) else {
      throw .field(
        name,
        expected: "a day (2026-11-01), a time (2026-11-01T08:00:00Z), or how long ago (12h, 30d)"
      )
    }
    return moment.date(before: Date())
  }

  /// The answer.
  ///
  /// - Throws: `ServerError.unknown` for a team that never was.
  func answer(_ office: TenantOffice) async throws(ServerError) -> Response {
    let query = query
    let rows = try await office.perform(isReport: true) { (store) throws(TenantError) in
      // A name that nobody has is an error and not a report of nothing.
      if let name = query.team {
        let names = try store.teams(includingRemoved: true).map { $0.name.lowercased() }
        guard names.contains(name.lowercased()) else { throw TenantError.noTeam(name: name) }
      }
      return try store.usage(query)
    }
    let grouping = UsageGrouping.allCases.filter(query.grouping.contains)
    guard isCSV else {
      return Response(
        json: [
          "by": .array(grouping.map { .string($0.rawValue) }),
          "rows": .array(rows.map { $0.json(grouping) }),
        ]
      )
    }
    var headers: HTTPFields = [.contentType: "text/csv; charset=utf-8"]
    headers[.contentDisposition] = "attachment; filename=\"chaski-usage.csv\""
    let text = UsageCSV.text(rows, grouping: grouping)
    return Response(
      status: .ok,
      headers: headers,
      body: ResponseBody(byteBuffer: ByteBuffer(string: text))
    )
  }
}
