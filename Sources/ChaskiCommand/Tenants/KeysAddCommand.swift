// Owns: `chaski keys add`.

import ArgumentParser
import ChaskiTenants
import Foundation

/// Makes a key.
struct KeysAddCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "add",
    abstract: "Make a key for a team and show it, this once.",
    discussion: """
      Examples:
        chaski keys add vision
        chaski keys add vision --scope chat --scope models --expires 90d
        chaski keys add operators --scope admin --scope metrics --scope usage

      The key alone goes to standard output. Without --scope it may do everything but administration.
      """
  )

  @Argument(help: "The team's name.")
  var team: String

  @Option(help: "What the key is for.")
  var label: String = ""

  @Option(name: .customLong("scope"), help: "What the key may do; may be repeated.")
  var scopes: [Scope] = []

  @Option(
    parsing: .unconditional,
    help: "The priority of its requests within the team; higher goes first (default: the team's)."
  )
  var priority: Int?

  @Option(
    help: "When it stops working: a day (2027-01-31), a time (2027-01-31T12:00:00Z), or 12h, 90d."
  )
  var expires: MomentArgument?

  @OptionGroup var tenants: TenantArguments

  @Flag(help: "Print the key as JSON, its secret too.")
  var json = false

  func run() throws {
    var settings = KeySettings()
    settings.label = label
    if !scopes.isEmpty { settings.scopes = Set(scopes) }
    settings.priority = priority
    settings.expires = expires?.date(after: Date())
    let new = try tenants.store().addKey(team: team, settings, by: TenantArguments.actor)
    if json { return try Console.json(ListedKey(new.key, secret: new.secret)) }
    Console.note("Key \(new.key.id) of team \(new.key.team). It is shown only now:")
    Console.line(new.secret)
  }
}
