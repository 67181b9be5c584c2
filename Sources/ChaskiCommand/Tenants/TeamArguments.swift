// Owns: the options that say what a team may do; `add` and `set` share them.

import ArgumentParser
import ChaskiTenants

/// What an administrator chooses about a team; what is not named stays as it is.
struct TeamArguments: ParsableArguments {
  @Option(help: "The team's share of a busy machine, in proportion to the others' weights.")
  var weight: Double?

  @Option(parsing: .unconditional, help: "The priority of its requests; higher goes first.")
  var priority: Int?

  @Option(help: "Tokens of prompts and answers a calendar month, or none.")
  var monthlyTokens: LimitArgument<Int64>?

  @Option(help: "Seconds of computing a calendar month, or none.")
  var monthlyComputeSeconds: LimitArgument<Double>?

  @Option(help: "Requests a minute, or none.")
  var requestsPerMinute: LimitArgument<Int>?

  @Option(help: "Tokens a minute, or none.")
  var tokensPerMinute: LimitArgument<Int>?

  @Option(help: "Requests at the same time, or none.")
  var concurrentRequests: LimitArgument<Int>?

  @Option(help: "A scope within which cached prompts are shared with other teams, or none.")
  var cacheScope: LimitArgument<String>?

  /// Puts what was named into `settings`.
  func apply(to settings: inout TeamSettings) {
    if let weight { settings.weight = weight }
    if let priority { settings.priority = priority }
    if let monthlyTokens { settings.limits.monthlyTokens = monthlyTokens.value }
    if let seconds = monthlyComputeSeconds { settings.limits.monthlyComputeSeconds = seconds.value }
    if let requests = requestsPerMinute { settings.limits.requestsPerMinute = requests.value }
    if let tokensPerMinute { settings.limits.tokensPerMinute = tokensPerMinute.value }
    if let requests = concurrentRequests { settings.limits.concurrentRequests = requests.value }
    if let cacheScope { settings.cacheScope = cacheScope.value }
  }

  /// Whether nothing was named.
  var isEmpty: Bool {
    weight == nil && priority == nil && monthlyTokens == nil && monthlyComputeSeconds == nil
      && requestsPerMinute == nil && tokensPerMinute == nil && concurrentRequests == nil
      && cacheScope == nil
  }
}
