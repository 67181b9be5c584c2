// Owns: `chaski teams list`.

import ArgumentParser
import ChaskiTenants
import ChaskiTerminal

/// Lists the teams.
struct TeamsListCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list",
    abstract: "List the teams with their weights, budgets and limits.",
    discussion: """
      Examples:
        chaski teams list
        chaski teams list --all --json     removed ones too
      """,
    aliases: ["ls"]
  )

  @OptionGroup var tenants: TenantArguments

  @Flag(help: "List removed teams too.")
  var all = false

  @Flag(help: "Print JSON.")
  var json = false

  func run() throws {
    let teams = try tenants.store().teams(includingRemoved: all)
    if json { return try Console.json(teams.map(ListedTeam.init)) }
    guard !teams.isEmpty else {
      return Console.line("No teams yet. `chaski teams add NAME` makes the first one.")
    }
    var table = TableFormatter(
      columns: [
        ("TEAM", .left), ("WEIGHT", .right), ("PRIORITY", .right), ("TOKENS/MONTH", .right),
        ("COMPUTE S/MONTH", .right), ("REQUESTS/MIN", .right), ("TOKENS/MIN", .right),
        ("CONCURRENT", .right), ("CACHE", .left), ("CREATED", .left),
      ] + (all ? [("REMOVED", .left)] : [])
    )
    for team in teams {
      let settings = team.settings
      let limits = settings.limits
      let cells = [
        team.name, ListedTeam.number(settings.weight), "\(settings.priority)",
        ListedTeam.limit(limits.monthlyTokens),
        limits.monthlyComputeSeconds.map(ListedTeam.number) ?? "-",
        ListedTeam.limit(limits.requestsPerMinute), ListedTeam.limit(limits.tokensPerMinute),
        ListedTeam.limit(limits.concurrentRequests), settings.cacheScope ?? "own",
        ListedTeam.day(team.created),
      ]
      table.add(cells + (all ? [ListedTeam.day(team.removed)] : []))
    }
    Console.write(table.lines.map { $0 + "\n" }.joined())
  }
}
