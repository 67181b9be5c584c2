// Owns: `chaski usage prune`.

import ArgumentParser
import ChaskiTenants
import Foundation

/// Removes old requests from the ledger.
struct UsagePruneCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "prune",
    abstract: "Remove old requests from the ledger.",
    discussion: """
      Examples:
        chaski usage --until 2026-01-01 --by month --csv > 2025.csv
        chaski usage prune --before 2026-01-01

      This month's requests stay, because budgets are summed up from them. The audit log says who removed how many.
      """
  )

  @Option(help: "Remove what ended before then: a day (2026-01-01), a time, or 90d, 52w ago.")
  var before: MomentArgument

  @Flag(help: "Only say how many requests that would be.")
  var dryRun = false

  @OptionGroup var tenants: TenantArguments

  func run() throws {
    let store = try tenants.store()
    let date = before.date(before: Date())
    guard !dryRun else {
      let count = try store.requestCount(before: date)
      return Console.line("\(count) requests before \(date.formatted(.iso8601)).")
    }
    let count = try store.pruneLedger(before: date, by: TenantArguments.actor)
    Console.line("Removed \(count) requests before \(date.formatted(.iso8601)).")
  }
}
