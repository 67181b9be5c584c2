// Owns: `chaski teams remove`.

import ArgumentParser
import ChaskiTenants

/// Removes a team.
struct TeamsRemoveCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "remove",
    abstract: "Remove a team and revoke its keys; what it used stays in the ledger.",
    discussion: """
      Example:
        chaski teams remove vision

      The name stays taken, so that reports never mean two teams by it.
      """,
    aliases: ["rm"]
  )

  @Argument(help: "The team's name.")
  var name: String

  @OptionGroup var tenants: TenantArguments

  func run() throws {
    try tenants.store().removeTeam(name, by: TenantArguments.actor)
    Console.line("Team \(name) was removed and its keys are revoked.")
  }
}
