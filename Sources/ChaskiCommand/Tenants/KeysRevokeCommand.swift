// Owns: `chaski keys revoke`.

import ArgumentParser
import ChaskiTenants

/// Revokes keys.
struct KeysRevokeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "revoke",
    abstract: "Revoke keys for good: from the next request on they are refused.",
    discussion: """
      Examples:
        chaski keys revoke 7
        chaski keys revoke chaski-a1B2c3

      A revoked key cannot be restored; `chaski keys add` makes another.
      """
  )

  @Argument(help: "The keys' numbers, or the first characters that `chaski keys list` shows.")
  var keys: [String]

  @OptionGroup var tenants: TenantArguments

  func run() throws {
    let store = try tenants.store()
    for text in keys {
      let key = try store.key(text)
      let isNew = try store.revokeKey(key.id, by: TenantArguments.actor)
      let name = "Key \(key.id) (\(key.prefix)…) of team \(key.team)"
      Console.line(isNew ? "\(name) is revoked." : "\(name) was revoked before.")
    }
  }
}
