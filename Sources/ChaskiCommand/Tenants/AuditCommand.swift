// Owns: `chaski audit`.

import ArgumentParser
import ChaskiTenants
import ChaskiTerminal
import Foundation

/// Shows what administrators did.
struct AuditCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "audit",
    abstract: "Show what was done to teams and keys, by whom and when, newest first.",
    discussion: """
      Examples:
        chaski audit
        chaski audit --limit 1000 --json
      """
  )

  @Option(help: "How many acts to show, up to 10000.")
  var limit = 50

  @Option(help: "Only acts before the one of this number.")
  var before: Int64?

  @OptionGroup var tenants: TenantArguments

  @Flag(help: "Print JSON.")
  var json = false

  func validate() throws {
    guard (1...10_000).contains(limit) else { throw ValidationError("--limit is 1 to 10000.") }
  }

  func run() throws {
    let entries = try tenants.store().audit(limit: limit, before: before)
    if json { return try Console.json(entries) }
    var table = TableFormatter(
      columns: [
        ("NUMBER", .right), ("TIME", .left), ("WHO", .left), ("WHAT", .left), ("TARGET", .left),
        ("DETAIL", .left),
      ])
    for entry in entries {
      table.add([
        "\(entry.number)", entry.time.formatted(.iso8601), entry.actor, entry.action,
        entry.target, entry.detail,
      ])
    }
    Console.write(table.lines.map { $0 + "\n" }.joined())
  }
}
