// Owns: which database of teams a command works on, and in whose name.

import ArgumentParser
import ChaskiHub
import ChaskiTenants
import Foundation

/// The database of teams, keys and usage.
struct TenantArguments: ParsableArguments {
  @Option(help: "The database (default: tenants.sqlite in $CHASKI_HOME or the user's data folder).")
  var database: String?

  /// Opens the database; `isCreating` makes it if it is not there.
  func store(isCreating: Bool = false) throws -> TenantStore {
    try TenantStore(path: path(), isCreating: isCreating, isServing: false)
  }

  /// The database's path.
  func path() throws -> String {
    try database ?? ModelOpener.library().settings.tenantDatabase.path
  }

  /// Who uses the program, for the audit log.
  static var actor: String {
    let name = ProcessInfo.processInfo.userName.unicodeScalars.prefix(60).map { scalar in
      scalar.isASCII && scalar.value > 0x20 && scalar.value < 0x7F ? Character(scalar) : "?"
    }
    return "cli:" + String(name)
  }
}
