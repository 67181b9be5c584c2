// Owns: what the ledger keeps of one request.

package import Foundation

/// One request in the ledger.
package struct UsageEntry: Sendable, Hashable {
  /// The request's id, which the server chose; unique for ever.
  package var id: String
  /// When it ended; the calendar month (UTC) of this time pays for it.
  package var time: Date
  /// The team's number; nil for requests without a key.
  package var teamID: Int64?
  /// The key's number; nil for requests without a key.
  package var keyID: Int64?
  /// The model's name.
  package var model: String
  /// What was asked for, such as `/v1/chat/completions`.
  package var route: String
  /// How it ended.
  package var status: RequestStatus
  /// Tokens of the prompt, those from the cache too.
  package var promptTokens = 0
  /// Tokens of the prompt that were in the cache.
  package var cachedTokens = 0
  /// Tokens of the answer.
  package var generatedTokens = 0
  /// Tokens computed once more because the request was set aside; nobody is charged for them.
  package var wastedTokens = 0
  /// The request's share of the machine's computing, in seconds.
  package var computeSeconds = 0.0
  /// How long it waited for its first step, in seconds.
  package var queueSeconds = 0.0
  /// How long its first token took from its arrival, in seconds; nil if there was none.
  package var firstTokenSeconds: Double?
  /// How long it took from its arrival, in seconds.
  package var totalSeconds = 0.0

  /// A request of `principal` that used nothing yet.
  package init(
    id: String,
    time: Date,
    principal: Principal,
    model: String,
    route: String,
    status: RequestStatus
  ) {
    self.id = id
    self.time = time
    teamID = principal.teamID
    keyID = principal.keyID
    self.model = model
    self.route = route
    self.status = status
  }

  /// What the team's budgets are charged.
  var charge: Charge {
    Charge(tokens: Int64(promptTokens) + Int64(generatedTokens), computeSeconds: computeSeconds)
  }

  /// The entry as it is written: texts of bounded length.
  ///
  /// - Throws: `TenantError.invalid` for an id, count or time that no request has.
  func checked() throws(TenantError) -> UsageEntry {
    try TextRules.checkID(id, field: "request id")
    let counts = [
      ("prompt tokens", promptTokens), ("cached tokens", cachedTokens),
      ("generated tokens", generatedTokens), ("wasted tokens", wastedTokens),
    ]
    for (field, count) in counts where !(0...Int(1) << 40).contains(count) {
      throw .invalid(field: field, value: "\(count)", reason: "a count is 0 to 2^40")
    }
    let moment = time.timeIntervalSince1970
    guard Timestamp.range.contains(moment) else {
      throw .invalid(field: "time", value: "\(moment)", reason: "it is not between 1970 and 5000")
    }
    let times = [
      ("compute-seconds", computeSeconds), ("queue seconds", queueSeconds),
      ("seconds to the first token", firstTokenSeconds ?? 0), ("total seconds", totalSeconds),
    ]
    for (field, seconds) in times where !(0...TeamLimits.longestTime).contains(seconds) {
      throw .invalid(field: field, value: "\(seconds)", reason: "a time is 0 to thirty years")
    }
    var entry = self
    entry.model = TextRules.harmless(model)
    entry.route = TextRules.harmless(route)
    return entry
  }
}
