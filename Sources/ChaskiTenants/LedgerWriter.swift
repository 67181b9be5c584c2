// Owns: bringing entries to the disk, many at a time.
// Does not own: budgets, and which entries are allowed.

import Foundation
import GRDB

/// Writes entries to the ledger, all that are waiting in one transaction.
///
/// While the disk takes one transaction, the next gathers: a hundred requests that end together cost two flushes of the
/// disk, and one that ends alone waits for none but its own.
actor LedgerWriter {
  private struct Waiting {
    let entry: UsageEntry
    let continuation: CheckedContinuation<Void, any Error>
  }

  /// The most entries of a transaction.
  static let batchSize = 512

  private let database: TenantDatabase
  private let lastUses: LastUses
  private let refusals: RefusalCounts
  private var waiting: [Waiting] = []
  private var isWriting = false
  private var isFinished = false
  private var idle: [CheckedContinuation<Void, Never>] = []

  /// How many transactions were written.
  private(set) var transactionCount = 0

  init(database: TenantDatabase, lastUses: LastUses, refusals: RefusalCounts) {
    self.database = database
    self.lastUses = lastUses
    self.refusals = refusals
  }

  /// Writes an entry; it is on the disk when this returns, and is written even if the caller is cancelled.
  ///
  /// - Throws: `TenantError`; the entry is then not in the ledger.
  func record(_ entry: UsageEntry) async throws {
    try await withCheckedThrowingContinuation { continuation in
      waiting.append(Waiting(entry: entry, continuation: continuation))
      start()
    }
  }

  /// Writes what nobody waits for: the last uses of keys that are due, and what was refused.
  func writeNotes() {
    // What is noted from then on is written by whoever closes the database.
    guard !isFinished else { return }
    start()
  }

  /// Waits until nothing waits; notes are not written any more.
  func finish() async {
    isFinished = true
    guard isWriting else { return }
    await withCheckedContinuation { idle.append($0) }
  }

  private func start() {
    guard !isWriting else { return }
    isWriting = true
    // A task of its own: the request that began it may be cancelled, and the others' entries with it.
    Task { await writeAll() }
  }

  private func writeAll() async {
    repeat {
      let batch = Array(waiting.prefix(Self.batchSize))
      waiting.removeFirst(batch.count)
      let outcomes = await write(batch.map(\.entry))
      for (one, outcome) in zip(batch, outcomes) { one.continuation.resume(with: outcome) }
    } while !waiting.isEmpty
    isWriting = false
    for continuation in idle { continuation.resume() }
    idle = []
  }

  private func write(_ entries: [UsageEntry]) async -> [Result<Void, any Error>] {
    let uses = lastUses.take()
    let refused = refusals.take()
    guard !entries.isEmpty || !uses.isEmpty || !refused.isEmpty else { return [] }
    transactionCount += 1
    do {
      let problems = try await database.writeLater("write the ledger") { database in
        try LastUses.write(uses, to: database)
        try RefusalCounts.write(refused, to: database)
        return try entries.map { try $0.insert(into: database) }
      }
      return problems.map { problem -> Result<Void, any Error> in
        if let problem { .failure(problem) } else { .success(()) }
      }
    } catch {
      refusals.giveBack(refused)
      return entries.map { _ in .failure(error) }
    }
  }
}

extension LastUses {
  /// Writes when keys were last used.
  static func write(_ uses: [(key: Int64, seen: Date)], to database: Database) throws {
    for use in uses {
      let time = Timestamp.microseconds(use.seen)
      try database.cachedStatement(
        sql: "UPDATE api_key SET last_used = max(coalesce(last_used, ?), ?) WHERE id = ?"
      ).execute(arguments: [time, time, use.key])
    }
  }
}

extension UsageEntry {
  /// Writes the entry, or says why the ledger refuses this one; other entries of the transaction stand.
  func insert(into database: Database) throws -> TenantError? {
    let statement = try database.cachedStatement(
      sql: """
        INSERT INTO ledger (
          id, time, team_id, key_id, model, route, status, prompt_tokens, cached_tokens,
          generated_tokens, wasted_tokens, compute_seconds, queue_seconds, first_token_seconds,
          total_seconds
        ) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """
    )
    do {
      try statement.execute(arguments: [
        id, Timestamp.microseconds(time), teamID, keyID, model, route, status.rawValue,
        promptTokens, cachedTokens, generatedTokens, wastedTokens, computeSeconds, queueSeconds,
        firstTokenSeconds, totalSeconds,
      ])
      return nil
    } catch let error as DatabaseError where error.resultCode == .SQLITE_CONSTRAINT {
      // SQLite takes back the statement alone, not its transaction.
      let isDuplicate = error.extendedResultCode == .SQLITE_CONSTRAINT_UNIQUE
      return isDuplicate
        ? .duplicateRequest(id: id)
        : .database(operation: "write the ledger", reason: error.message ?? "a rule is broken")
    }
  }
}
