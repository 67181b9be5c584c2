// Owns: how teams, keys, usage and the audit log are written as JSON.

import ChaskiChat
import ChaskiTenants
import Foundation

extension Team {
  /// The team as administrators see it.
  var json: JSONValue {
    let limits = settings.limits
    return [
      "name": .string(name),
      "weight": .double(settings.weight),
      "priority": .int(settings.priority),
      "monthly_tokens": .count(limits.monthlyTokens),
      "monthly_compute_seconds": .number(limits.monthlyComputeSeconds),
      "requests_per_minute": .count(limits.requestsPerMinute.map(Int64.init)),
      "tokens_per_minute": .count(limits.tokensPerMinute.map(Int64.init)),
      "concurrent_requests": .count(limits.concurrentRequests.map(Int64.init)),
      "cache_scope": settings.cacheScope.map { .string($0) } ?? .null,
      "created": .time(created),
      "removed": .time(removed),
    ]
  }
}

extension APIKey {
  /// The key as administrators see it.
  var json: JSONValue {
    [
      "id": .int(Int(id)),
      "team": .string(team),
      "prefix": .string(prefix),
      "label": .string(settings.label),
      "scopes": .array(settings.scopes.map(\.rawValue).sorted().map { .string($0) }),
      "priority": .count(settings.priority.map(Int64.init)),
      "created": .time(created),
      "last_used": .time(lastUsed),
      "expires": .time(settings.expires),
      "revoked": .time(revoked),
    ]
  }
}

extension AuditEntry {
  /// The line as administrators see it.
  var json: JSONValue {
    [
      "number": .int(Int(number)), "time": .time(time), "actor": .string(actor),
      "action": .string(action), "target": .string(target), "detail": .string(detail),
    ]
  }
}

extension UsageRow {
  /// The row, with the groups that it is about first; names as in CSV.
  func json(_ grouping: [UsageGrouping]) -> JSONValue {
    var object = JSONObject()
    for group in UsageGrouping.allCases where grouping.contains(group) {
      object[group.rawValue] = self[group].map { .string($0) } ?? .null
    }
    let counts: [(String, Int64)] = [
      ("requests", requests), ("finished", finished), ("cancelled", cancelled),
      ("failed", failed), ("rejected", rejected), ("prompt_tokens", promptTokens),
      ("cached_tokens", cachedTokens), ("generated_tokens", generatedTokens),
      ("wasted_tokens", wastedTokens),
    ]
    for (name, count) in counts { object[name] = .int(Int(count)) }
    var reasons = JSONObject()
    for (reason, count) in rejectedBy.sorted(by: { $0.key < $1.key }) {
      reasons[reason] = .int(Int(count))
    }
    object["rejected_by"] = .object(reasons)
    object["compute_seconds"] = .number(computeSeconds)
    object["queue_seconds"] = .number(queueSeconds)
    object["first_token_seconds"] = Self.json(firstTokenSeconds)
    object["total_seconds"] = Self.json(totalSeconds)
    return .object(object)
  }

  private static func json(_ percentiles: Percentiles?) -> JSONValue {
    guard let percentiles else { return .null }
    return [
      "p50": .number(percentiles.p50), "p95": .number(percentiles.p95),
      "p99": .number(percentiles.p99),
    ]
  }
}

extension JSONValue {
  /// A whole number, or null.
  static func count(_ value: Int64?) -> JSONValue { value.map { .int(Int($0)) } ?? .null }

  /// A number, or null; JSON has no infinity.
  static func number(_ value: Double?) -> JSONValue {
    value.map { $0.isFinite ? .double($0) : .null } ?? .null
  }

  /// A moment in ISO 8601, UTC, or null.
  static func time(_ date: Date?) -> JSONValue {
    date.map { .string($0.formatted(.iso8601)) } ?? .null
  }
}
