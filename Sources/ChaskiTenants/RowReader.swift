// Owns: reading columns without trusting what lies in them.

import Foundation
import GRDB

/// A row of a table; a value of another type than the table promises is an error, not the end of the program.
struct RowReader {
  private let row: Row
  private let table: String

  init(_ row: Row, of table: String) {
    self.row = row
    self.table = table
  }

  /// A column's value, or nil where it is NULL.
  func optional<Value: DatabaseValueConvertible>(
    _ column: String,
    as type: Value.Type = Value.self
  ) throws(TenantError) -> Value? {
    let stored: DatabaseValue = row[column]
    guard !stored.isNull else { return nil }
    guard let value = Value.fromDatabaseValue(stored) else {
      throw .damaged(table: table, column: column)
    }
    return value
  }

  /// A column's value.
  func value<Value: DatabaseValueConvertible>(
    _ column: String,
    as type: Value.Type = Value.self
  ) throws(TenantError) -> Value {
    guard let value = try optional(column, as: type) else {
      throw .damaged(table: table, column: column)
    }
    return value
  }

  /// A column's moment, or nil where it is NULL.
  func optionalDate(_ column: String) throws(TenantError) -> Date? {
    guard let date = try optional(column, as: Int64.self).map(Timestamp.date) else { return nil }
    guard Timestamp.range.contains(date.timeIntervalSince1970) else {
      throw .damaged(table: table, column: column)
    }
    return date
  }

  /// A column's moment.
  func date(_ column: String) throws(TenantError) -> Date {
    guard let date = try optionalDate(column) else {
      throw .damaged(table: table, column: column)
    }
    return date
  }
}
