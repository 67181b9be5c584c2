// Owns: the database's file and connections: making it, knowing it, its settings, and SQLite's errors in our words.
// Does not own: what is in the tables.

import Foundation
import GRDB
import SystemPackage

/// The SQLite database of teams, keys, ledger and audit log, in WAL mode.
///
/// One writer and several readers, none of which waits for another. Other processes may have it open too.
final class TenantDatabase: Sendable {
  // Keys are looked up on a connection of their own: nobody's long report makes a request wait. It stands first so that it
  // goes first: the last connection to close brings the log into the file, which one that only reads cannot.
  private let keys: DatabaseQueue
  private let pool: DatabasePool

  /// How long to wait for another process that writes.
  private static let patience = 10.0

  /// Opens the database at `path`, which is made if it is not there and `isCreating` is true.
  ///
  /// - Throws: `TenantError.noDatabase`, `.notDatabase`, `.newerDatabase`, `.notDurable`, `.database`.
  init(path: String, isCreating: Bool) throws(TenantError) {
    try Self.prepare(path, isCreating: isCreating)
    (keys, pool) = try Self.wrapping("be opened") {
      let pool = try DatabasePool(path: path, configuration: Self.configuration("ledger"))
      // GRDB sets NORMAL with WAL, which may lose what was committed last when the power fails.
      try pool.writeWithoutTransaction { database in
        try database.execute(sql: "PRAGMA synchronous = FULL")
        let level = try Int.fetchOne(database, sql: "PRAGMA synchronous")
        guard level == 2 else { throw TenantError.notDurable(path: path) }
      }
      let migrator = TenantSchema.migrator
      if try pool.read(migrator.hasBeenSuperseded) { throw TenantError.newerDatabase(path: path) }
      try migrator.migrate(pool)
      var reading = Self.configuration("keys")
      reading.readonly = true
      return (try DatabaseQueue(path: path, configuration: reading), pool)
    }
  }

  private static func configuration(_ name: String) -> Configuration {
    var configuration = Configuration()
    configuration.label = "chaski.tenants.\(name)"
    configuration.busyMode = .timeout(patience)
    configuration.prepareDatabase { database in
      // A file from elsewhere must not run functions by its triggers and views.
      try database.execute(sql: "PRAGMA trusted_schema = OFF")
      // A log that grew behind a long report is made short again.
      if !database.configuration.readonly {
        try database.execute(sql: "PRAGMA journal_size_limit = 67108864")
      }
    }
    return configuration
  }

  /// Reads from one state of the database.
  func read<Value>(_ operation: String, _ body: (Database) throws -> Value) throws(TenantError)
    -> Value
  {
    try Self.wrapping(operation) { try pool.read(body) }
  }

  /// Reads on the connection that is kept for short questions.
  func look<Value>(_ operation: String, _ body: (Database) throws -> Value) throws(TenantError)
    -> Value
  {
    try Self.wrapping(operation) { try keys.read(body) }
  }

  /// Writes in one transaction, which is on the disk when this returns.
  func write<Value>(_ operation: String, _ body: (Database) throws -> Value) throws(TenantError)
    -> Value
  {
    try Self.wrapping(operation) { try pool.write(body) }
  }

  /// Writes as `write(_:_:)` does, without holding a thread of the caller's meanwhile.
  func writeLater<Value: Sendable>(
    _ operation: String,
    _ body: @escaping @Sendable (Database) throws -> Value
  ) async throws(TenantError) -> Value {
    do {
      return try await pool.write(body)
    } catch {
      throw Self.problem(error, operation)
    }
  }

  /// Closes all connections, the last of which brings the log into the file; what is asked afterwards throws.
  func close() throws(TenantError) {
    try Self.wrapping("be closed") {
      try keys.close()
      // Readers before the writer, for the same reason.
      pool.releaseMemory()
      try pool.close()
    }
  }

  private static func wrapping<Value>(_ operation: String, _ body: () throws -> Value)
    throws(TenantError) -> Value
  {
    do { return try body() } catch { throw problem(error, operation) }
  }

  // GRDB's own description would hold the statement's text.
  private static func problem(_ error: any Error, _ operation: String) -> TenantError {
    switch error {
    case let error as TenantError: error
    case let error as DatabaseError:
      .database(operation: operation, reason: error.message ?? "\(error.resultCode)")
    default: .database(operation: operation, reason: "\(error)")
    }
  }
}

extension TenantDatabase {
  // Makes the file if need be, and makes sure that it is ours before anything is written to it.
  private static func prepare(_ path: String, isCreating: Bool) throws(TenantError) {
    if isCreating { try create(path) }
    let attributes: [FileAttributeKey: Any]
    do {
      let target = URL(filePath: path).resolvingSymlinksInPath().path
      attributes = try FileManager.default.attributesOfItem(atPath: target)
    } catch CocoaError.fileReadNoSuchFile, CocoaError.fileNoSuchFile {
      throw .noDatabase(path: path)
    } catch {
      throw .database(operation: "be read", reason: error.localizedDescription)
    }
    guard attributes[.type] as? FileAttributeType == .typeRegular else {
      throw .notDatabase(path: path, reason: "it is not a regular file")
    }
    guard (attributes[.size] as? NSNumber)?.int64Value ?? 0 > 0 else {
      guard isCreating else { throw .notDatabase(path: path, reason: "it is empty") }
      return try mark(path)
    }
    try checkHeader(path)
  }

  // SQLite gives its log and index the permissions of the database's file.
  private static func create(_ path: String) throws(TenantError) {
    do {
      try FileManager.default.createDirectory(
        at: URL(filePath: path).deletingLastPathComponent(),
        withIntermediateDirectories: true
      )
      let file = try FileDescriptor.open(
        FilePath(path),
        .readWrite,
        options: [.create, .exclusiveCreate, .closeOnExec],
        permissions: .ownerReadWrite
      )
      try file.close()
    } catch Errno.fileExists {
      return
    } catch let error as Errno {
      throw .database(operation: "be made at \(path)", reason: "\(error)")
    } catch {
      throw .database(operation: "be made at \(path)", reason: error.localizedDescription)
    }
  }

  // Before WAL mode, so that the mark stands in the file itself and not in a log beside it.
  private static func mark(_ path: String) throws(TenantError) {
    try wrapping("be made") {
      let queue = try DatabaseQueue(path: path, configuration: configuration("mark"))
      try queue.write { database in
        try database.execute(sql: "PRAGMA application_id = \(TenantSchema.applicationID)")
      }
      try queue.close()
    }
  }

  // The database file format, https://www.sqlite.org/fileformat2.html, section 1.3.
  private static func checkHeader(_ path: String) throws(TenantError) {
    let header: Data
    do {
      let file = try FileHandle(forReadingFrom: URL(filePath: path))
      defer { try? file.close() }
      header = try file.read(upToCount: 100) ?? Data()
    } catch {
      throw .database(operation: "be read", reason: error.localizedDescription)
    }
    guard header.count == 100, header.starts(with: Data("SQLite format 3\0".utf8)) else {
      throw .notDatabase(path: path, reason: "it is no SQLite database")
    }
    let mark = header.dropFirst(68).prefix(4).reduce(0) { $0 << 8 | UInt32($1) }
    guard mark == UInt32(bitPattern: TenantSchema.applicationID) else {
      throw .notDatabase(path: path, reason: "it is another program's SQLite database")
    }
  }
}
