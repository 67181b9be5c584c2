// Owns: `chaski usage`.

import ArgumentParser
import ChaskiTenants
import ChaskiTerminal
import Foundation

/// Says who used how much.
struct UsageCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "usage",
    abstract:
      "Say who used how much: tokens, computing, waiting, by team, key, model, day or month.",
    discussion: """
      Examples:
        chaski usage
        chaski usage --since 2026-11-01 --by team --by model
        chaski usage --team vision --since 30d --by day --csv > vision.csv
        chaski usage --by month --json

      Times are UTC. Compute is a request's share of the machine's computing; cached tokens are part of the prompt's. \
      Refused requests are counted by the hour and a minute late, without their model.
      """,
    subcommands: [UsagePruneCommand.self]
  )

  @Option(help: "Only requests of this team.")
  var team: String?

  @Option(help: "Only requests with this key: its number or its first characters.")
  var key: String?

  @Option(help: "Only requests to this model.")
  var model: String?

  @Option(help: "Only requests from then on: a day (2026-11-01), a time, or 12h, 30d ago.")
  var since: MomentArgument?

  @Option(help: "Only requests before then.")
  var until: MomentArgument?

  @Option(help: "What rows are about: team (default), key, model, day, month; may be repeated.")
  var by: [UsageGrouping] = []

  @OptionGroup var tenants: TenantArguments

  @Flag(help: "Print comma-separated values (RFC 4180).")
  var csv = false

  @Flag(help: "Print JSON.")
  var json = false

  func validate() throws {
    guard !(csv && json) else { throw ValidationError("Give --csv or --json, not both.") }
  }

  func run() throws {
    let store = try tenants.store()
    let now = Date()
    var query = UsageQuery()
    query.team = team
    query.keyID = try key.map { try store.key($0).id }
    query.model = model
    query.since = since?.date(before: now)
    query.until = until?.date(before: now)
    if !by.isEmpty { query.grouping = by }
    try check(team, in: store)
    let rows = try store.usage(query)
    if json { return try Console.json(rows) }
    if csv { return Console.write(UsageCSV.text(rows, grouping: query.grouping)) }
    guard !rows.isEmpty else { return Console.line("No requests.") }
    Console.write(Self.table(rows, query.grouping).lines.map { $0 + "\n" }.joined())
    for row in rows where row.rejected > 0 {
      let name = UsageGrouping.allCases.compactMap { row[$0] }.joined(separator: " ")
      Console.line("Refused\(name.isEmpty ? "" : " to \(name)"): \(row.rejectionText)")
    }
  }

  // A name that nobody has is an error and not a report of nothing.
  private func check(_ name: String?, in store: TenantStore) throws {
    guard let name else { return }
    let names = try store.teams(includingRemoved: true).map { $0.name.lowercased() }
    guard names.contains(name.lowercased()) else { throw TenantError.noTeam(name: name) }
  }

  private static func table(_ rows: [UsageRow], _ grouping: [UsageGrouping]) -> TableFormatter {
    let grouping = UsageGrouping.allCases.filter(grouping.contains)
    var table = TableFormatter(
      columns: grouping.map { ($0.rawValue.uppercased(), .left) } + [
        ("REQUESTS", .right), ("NOT FINISHED", .right), ("REFUSED", .right), ("PROMPT", .right),
        ("CACHED", .right),
        ("ANSWER", .right), ("WASTED", .right), ("COMPUTE", .right), ("FIRST p50", .right),
        ("FIRST p95", .right), ("TOTAL p50", .right), ("TOTAL p95", .right),
      ]
    )
    for row in rows {
      table.add(
        grouping.map { row[$0] ?? "" } + [
          "\(row.requests)", "\(row.cancelled + row.failed)", "\(row.rejected)",
          "\(row.promptTokens)", "\(row.cachedTokens)", "\(row.generatedTokens)",
          "\(row.wastedTokens)",
          seconds(row.computeSeconds), seconds(row.firstTokenSeconds?.p50),
          seconds(row.firstTokenSeconds?.p95), seconds(row.totalSeconds?.p50),
          seconds(row.totalSeconds?.p95),
        ]
      )
    }
    return table
  }

  private static func seconds(_ value: Double?) -> String {
    value.map { String(format: $0 < 10 ? "%.3f s" : "%.1f s", $0) } ?? "-"
  }
}
