// Owns: every way in which teams, keys and the ledger can refuse.

package import Foundation

/// Why something about teams, keys or the ledger was refused or failed.
package enum TenantError: Error, Hashable {
  /// Nobody was given this secret.
  case unknownKey
  /// The key was revoked.
  case keyRevoked(prefix: String)
  /// The key's time is over.
  case keyExpired(prefix: String, at: Date)
  /// The key lacks a right.
  case scopeMissing(Scope)
  /// There is no team of this name.
  case noTeam(name: String)
  /// A team has or had the name.
  case nameTaken(name: String, isRemoved: Bool)
  /// There is no such key.
  case noKey(text: String)
  /// Several keys begin like this.
  case ambiguousKey(text: String, ids: [Int64])
  /// A value is outside its bounds.
  case invalid(field: String, value: String, reason: String)
  /// The ledger has a request of this id already.
  case duplicateRequest(id: String)
  /// A usage query would return more rows than are read at once.
  case tooManyRows(limit: Int)
  /// There is no database and none was to be made.
  case noDatabase(path: String)
  /// What stands at the path is no database of Chaski's.
  case notDatabase(path: String, reason: String)
  /// A later version of Chaski wrote the database.
  case newerDatabase(path: String)
  /// SQLite does not flush to the disk at each commit.
  case notDurable(path: String)
  /// A row holds what no row of ours does.
  case damaged(table: String, column: String)
  /// The database could not do what it was asked.
  case database(operation: String, reason: String)
  /// Another server lets requests in by this database.
  case inUse(path: String, process: Int?)
}

extension TenantError: CustomStringConvertible {
  /// One sentence that says what is wrong and what to do about it.
  package var description: String { keyDescription ?? databaseDescription }

  private var keyDescription: String? {
    switch self {
    case .unknownKey: "The key is not known; check it, or ask whoever runs this server for one."
    case .keyRevoked(let prefix):
      "The key \(Self.printable(prefix))… was revoked; ask for a new one."
    case .keyExpired(let prefix, let date):
      "The key \(Self.printable(prefix))… expired at \(date.formatted(.iso8601)); ask for a new one."
    case .scopeMissing(let scope):
      "The key lacks the scope \"\(scope.rawValue)\", which this needs."
    case .noTeam(let name): "There is no team \"\(Self.printable(name))\"."
    case .nameTaken(let name, false): "There is a team \"\(Self.printable(name))\" already."
    case .nameTaken(let name, true):
      "A team \"\(Self.printable(name))\" was removed, and its name stays with what it used; take"
        + " another."
    case .noKey(let text): "There is no key \"\(Self.printable(text))\"."
    case .ambiguousKey(let text, let ids):
      "Several keys begin with \"\(Self.printable(text))\"; name one by its number: "
        + ids.prefix(20).map(String.init).joined(separator: ", ") + "."
    case .invalid(let field, let value, let reason):
      "The \(field) \"\(Self.printable(value))\" cannot be used: \(reason)."
    default: nil
    }
  }

  private var databaseDescription: String {
    switch self {
    case .duplicateRequest(let id): "The ledger has a request \(Self.printable(id)) already."
    case .tooManyRows(let limit):
      "The answer has more than \(limit) rows; ask for a shorter time or fewer groups."
    case .noDatabase(let path):
      "There is no database of teams at \(path); `chaski teams add` makes one."
    case .notDatabase(let path, let reason):
      "\(path) is not a database of Chaski's teams: \(Self.printable(reason))."
    case .newerDatabase(let path):
      "\(path) was written by a later version of Chaski; use that version."
    case .notDurable(let path):
      "\(path) cannot be written so that it survives a power cut; use a build of SQLite that can."
    case .damaged(let table, let column):
      "The database is damaged: \(table).\(column) holds what was never written there."
    case .inUse(let path, let process):
      "Another server\(process.map { " (process \($0))" } ?? "") works on \(path), and only one may: stop it, or name "
        + "another database with --database."
    case .database(let operation, let reason):
      "The database could not \(operation): \(Self.printable(reason))."
    default: "Something about teams went wrong."
    }
  }

  // Text from outside must not steer the terminal that shows it, nor fill the screen.
  private static func printable(_ text: String) -> String { TextRules.harmless(text, limit: 200) }
}
