// Owns: `chaski keys` and its list of commands.

import ArgumentParser

/// Manages keys.
struct KeysCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "keys",
    abstract: "Manage the keys by which teams use this machine.",
    discussion: """
      Examples:
        chaski keys add vision --label "nightly runs" --expires 90d
        chaski keys list
        chaski keys revoke 7

      A key is shown once, when it is made; the database keeps its hash. See docs/tenants.md.
      """,
    subcommands: [KeysAddCommand.self, KeysListCommand.self, KeysRevokeCommand.self],
    defaultSubcommand: KeysListCommand.self
  )
}
