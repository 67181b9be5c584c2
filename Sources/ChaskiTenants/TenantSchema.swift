// Owns: the tables, and how an older database becomes a newer one.

import GRDB

/// The tables of teams, keys, ledger and audit log.
enum TenantSchema {
  /// What marks a database as ours (`PRAGMA application_id`): "CHKI".
  static let applicationID: Int32 = 0x4348_4B49

  /// The steps from an empty database to today's tables; a step that was published is never changed.
  static var migrator: DatabaseMigrator {
    var migrator = DatabaseMigrator()
    migrator.registerMigration("1: teams, keys, ledger, audit log") { database in
      for table in [teams, keys, ledger, audit] { try database.execute(sql: table) }
    }
    migrator.registerMigration("2: refused requests") { database in
      try database.execute(sql: refusals)
    }
    return migrator
  }

  private static let teams = """
    CREATE TABLE team (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      name TEXT NOT NULL UNIQUE COLLATE NOCASE CHECK (length(name) BETWEEN 1 AND 64),
      weight REAL NOT NULL CHECK (weight > 0),
      priority INTEGER NOT NULL,
      monthly_tokens INTEGER CHECK (monthly_tokens >= 0),
      monthly_compute_seconds REAL CHECK (monthly_compute_seconds >= 0),
      requests_per_minute INTEGER CHECK (requests_per_minute > 0),
      tokens_per_minute INTEGER CHECK (tokens_per_minute > 0),
      concurrent_requests INTEGER CHECK (concurrent_requests > 0),
      cache_scope TEXT,
      created INTEGER NOT NULL,
      removed INTEGER
    ) STRICT;
    """

  private static let keys = """
    CREATE TABLE api_key (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      team_id INTEGER NOT NULL REFERENCES team(id),
      label TEXT NOT NULL,
      hash BLOB NOT NULL UNIQUE CHECK (length(hash) = 32),
      prefix TEXT NOT NULL,
      scopes TEXT NOT NULL,
      priority INTEGER,
      created INTEGER NOT NULL,
      last_used INTEGER,
      expires INTEGER,
      revoked INTEGER
    ) STRICT;
    CREATE INDEX api_key_team ON api_key(team_id);
    """

  private static let ledger = """
    CREATE TABLE ledger (
      number INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE,
      time INTEGER NOT NULL,
      team_id INTEGER REFERENCES team(id),
      key_id INTEGER REFERENCES api_key(id),
      model TEXT NOT NULL,
      route TEXT NOT NULL,
      status TEXT NOT NULL CHECK (status IN ('finished', 'cancelled', 'failed', 'rejected')),
      prompt_tokens INTEGER NOT NULL CHECK (prompt_tokens >= 0),
      cached_tokens INTEGER NOT NULL CHECK (cached_tokens >= 0),
      generated_tokens INTEGER NOT NULL CHECK (generated_tokens >= 0),
      wasted_tokens INTEGER NOT NULL CHECK (wasted_tokens >= 0),
      compute_seconds REAL NOT NULL CHECK (compute_seconds >= 0),
      queue_seconds REAL NOT NULL CHECK (queue_seconds >= 0),
      first_token_seconds REAL CHECK (first_token_seconds >= 0),
      total_seconds REAL NOT NULL CHECK (total_seconds >= 0)
    ) STRICT;
    CREATE INDEX ledger_time ON ledger(time);
    """

  // One row for what was refused to a key for one reason in an hour, which is named by its first moment.
  private static let refusals = """
    CREATE TABLE refusal (
      hour INTEGER NOT NULL,
      team_id INTEGER NOT NULL REFERENCES team(id),
      key_id INTEGER NOT NULL REFERENCES api_key(id),
      reason TEXT NOT NULL,
      count INTEGER NOT NULL CHECK (count > 0),
      PRIMARY KEY (hour, team_id, key_id, reason)
    ) STRICT, WITHOUT ROWID;
    """

  private static let audit = """
    CREATE TABLE audit (
      number INTEGER PRIMARY KEY AUTOINCREMENT,
      time INTEGER NOT NULL,
      actor TEXT NOT NULL,
      action TEXT NOT NULL,
      target TEXT NOT NULL,
      detail TEXT NOT NULL
    ) STRICT;
    CREATE TRIGGER audit_keeps_rows BEFORE DELETE ON audit
    BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
    CREATE TRIGGER audit_keeps_values BEFORE UPDATE ON audit
    BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
    """
}
