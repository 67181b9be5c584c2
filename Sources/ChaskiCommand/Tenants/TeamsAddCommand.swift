// Owns: `chaski teams add`.

import ArgumentParser
import ChaskiTenants

/// Adds a team.
struct TeamsAddCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "add",
    abstract: "Add a team.",
    discussion: """
      Examples:
        chaski teams add vision
        chaski teams add students --weight 0.5 --tokens-per-minute 20000 --concurrent-requests 4

      The database is made if it is not there.
      """
  )

  @Argument(help: "The team's name: letters, digits, '.', '_' and '-'.")
  var name: String

  @OptionGroup var team: TeamArguments

  @OptionGroup var tenants: TenantArguments

  @Flag(help: "Print the team as JSON.")
  var json = false

  func run() throws {
    var settings = TeamSettings()
    team.apply(to: &settings)
    let added = try tenants.store(isCreating: true).addTeam(
      name,
      settings,
      by: TenantArguments.actor
    )
    if json { return try Console.json(ListedTeam(added)) }
    Console.line(
      "Team \(added.name) was added; `chaski keys add \(added.name)` makes its first key."
    )
  }
}
