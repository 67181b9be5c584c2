// Owns: `chaski keys list`.

import ArgumentParser
import ChaskiTenants
import ChaskiTerminal
import Foundation

/// Lists the keys.
struct KeysListCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list",
    abstract: "List the keys, by the first characters of each.",
    discussion: """
      Examples:
        chaski keys list
        chaski keys list --team vision --all     revoked and expired ones too
      """,
    aliases: ["ls"]
  )

  @Option(help: "Only keys of this team.")
  var team: String?

  @OptionGroup var tenants: TenantArguments

  @Flag(help: "List revoked and expired keys too.")
  var all = false

  @Flag(help: "Print JSON.")
  var json = false

  func run() throws {
    let now = Date()
    let keys = try tenants.store().keys(ofTeam: team).filter { all || $0.isValid(at: now) }
    if json { return try Console.json(keys.map { ListedKey($0) }) }
    guard !keys.isEmpty else {
      return Console.line("No keys. `chaski keys add TEAM` makes one.")
    }
    var table = TableFormatter(
      columns: [
        ("ID", .right), ("TEAM", .left), ("KEY", .left), ("CREATED", .left), ("LAST USED", .left),
        ("EXPIRES", .left), ("STATE", .left), ("PRIORITY", .right), ("LABEL", .left),
        ("SCOPES", .left),
      ])
    for key in keys {
      table.add([
        "\(key.id)", key.team, key.prefix + "…", ListedTeam.day(key.created),
        ListedTeam.day(key.lastUsed), ListedTeam.day(key.settings.expires),
        Self.state(key, now), ListedTeam.limit(key.settings.priority), key.settings.label,
        key.settings.scopes == Scope.standard
          ? "all but admin" : key.settings.scopes.map(\.rawValue).sorted().joined(separator: " "),
      ])
    }
    Console.write(table.lines.map { $0 + "\n" }.joined())
  }

  private static func state(_ key: APIKey, _ now: Date) -> String {
    if key.revoked != nil { return "revoked" }
    return key.isValid(at: now) ? "valid" : "expired"
  }
}
