// Owns: `chaski teams` and its list of commands.

import ArgumentParser

/// Manages teams.
struct TeamsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "teams",
    abstract: "Manage the teams that share this machine: weights, budgets, limits.",
    discussion: """
      Examples:
        chaski teams add vision --weight 2 --monthly-tokens 50000000
        chaski teams set vision --requests-per-minute 60 --monthly-tokens none
        chaski teams list
        chaski teams remove vision

      A busy machine is shared in proportion to the teams' weights. A running server takes changes from the next \
      request on. See docs/tenants.md.
      """,
    subcommands: [
      TeamsAddCommand.self, TeamsListCommand.self, TeamsSetCommand.self, TeamsRemoveCommand.self,
    ],
    defaultSubcommand: TeamsListCommand.self
  )
}
