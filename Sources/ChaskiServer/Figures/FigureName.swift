// Owns: the names of the server's figures and what they mean.

import ChaskiMetrics

/// A figure that the server keeps.
enum FigureName: String, CaseIterable {
  case requests = "chaski_requests_total"
  case refusals = "chaski_refused_requests_total"
  case promptTokens = "chaski_prompt_tokens_total"
  case cachedTokens = "chaski_cached_prompt_tokens_total"
  case generatedTokens = "chaski_generated_tokens_total"
  case wastedTokens = "chaski_wasted_tokens_total"
  case computeSeconds = "chaski_compute_seconds_total"
  case requestSeconds = "chaski_request_seconds"
  case queueSeconds = "chaski_queue_seconds"
  case firstTokenSeconds = "chaski_time_to_first_token_seconds"
  case laterTokenSeconds = "chaski_time_per_later_token_seconds"
  case engineSteps = "chaski_engine_steps_total"
  case engineBusy = "chaski_engine_busy_seconds_total"
  case enginePrefill = "chaski_engine_prompt_tokens_total"
  case engineDecode = "chaski_engine_decode_tokens_total"
  case engineCached = "chaski_engine_cached_tokens_total"
  case engineWasted = "chaski_engine_wasted_tokens_total"
  case prefixHits = "chaski_prefix_hits_total"
  case prefixMisses = "chaski_prefix_misses_total"
  case preemptions = "chaski_preemptions_total"
  case evictions = "chaski_cache_evictions_total"
  case running = "chaski_running_requests"
  case waiting = "chaski_waiting_requests"
  case pagesUsed = "chaski_cache_pages_used"
  case pagesTotal = "chaski_cache_pages"
  case utilisation = "chaski_utilisation_ratio"
  case teamRunning = "chaski_team_running_requests"
  case teamWaiting = "chaski_team_waiting_requests"

  /// What Prometheus is told about each figure.
  static var descriptions: [String: MetricDescription] {
    Dictionary(
      uniqueKeysWithValues: allCases.map {
        ($0.rawValue, MetricDescription(help: $0.help, buckets: $0.buckets))
      }
    )
  }

  private var buckets: [Double]? {
    switch self {
    case .requestSeconds, .queueSeconds, .firstTokenSeconds: MetricDescription.seconds
    case .laterTokenSeconds: [0.001, 0.002] + MetricDescription.seconds
    default: nil
    }
  }

  private var help: String {
    switch self {
    case .requests: "Requests that have ended, by how."
    case .refusals: "Requests that were refused because their team has used what it may."
    case .promptTokens: "Tokens of prompts, those from the cache too."
    case .cachedTokens: "Tokens of prompts that were in the cache."
    case .generatedTokens: "Tokens of answers."
    case .wastedTokens: "Tokens computed again after a request had to leave the cache."
    case .computeSeconds: "Seconds of computing, each step's divided among its requests."
    case .requestSeconds: "From a request to its end."
    case .queueSeconds: "From a request to its first step."
    case .firstTokenSeconds: "From a request to its first token."
    case .laterTokenSeconds: "Between two tokens of an answer, its mean."
    case .engineSteps: "Steps of the model."
    case .engineBusy: "Seconds in which steps were computed; its rate is the utilisation."
    case .enginePrefill: "Tokens of prompts that steps have read."
    case .engineDecode: "Tokens that steps have generated."
    case .engineCached: "Tokens of prompts that no step had to read."
    case .engineWasted: "Tokens that steps have read again."
    case .prefixHits: "Requests whose beginning was in the cache."
    case .prefixMisses: "Requests whose beginning was not in the cache."
    case .preemptions: "Requests that had to leave the cache for others, and came back."
    case .evictions: "Finished texts that left the cache because their pages were needed."
    case .running: "Requests in the cache."
    case .waiting: "Requests that wait for room in the cache."
    case .pagesUsed: "Cache pages in use, finished texts included."
    case .pagesTotal: "Cache pages that there may be."
    case .utilisation: "The share of the time since the last look in which steps were computed."
    case .teamRunning: "A team's requests in the cache."
    case .teamWaiting: "A team's requests that wait for room in the cache."
    }
  }
}
