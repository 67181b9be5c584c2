// Owns: `chaski teams set`.

import ArgumentParser
import ChaskiTenants

/// Changes a team.
struct TeamsSetCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "set",
    abstract: "Change a team; what is not named stays as it is.",
    discussion: """
      Examples:
        chaski teams set vision --weight 4
        chaski teams set vision --monthly-tokens none --monthly-compute-seconds 36000
      """
  )

  @Argument(help: "The team's name.")
  var name: String

  @OptionGroup var team: TeamArguments

  @OptionGroup var tenants: TenantArguments

  @Flag(help: "Print the team as JSON.")
  var json = false

  func validate() throws {
    guard !team.isEmpty else {
      throw ValidationError("Name what is to change, such as --weight 2.")
    }
  }

  func run() throws {
    let changed = try tenants.store().changeTeam(name, by: TenantArguments.actor) {
      team.apply(to: &$0)
    }
    if json { return try Console.json(ListedTeam(changed)) }
    Console.line("Team \(changed.name) was changed.")
  }
}
