// Owns: the names of the server's figures, their labels and what they mean.

import ChaskiGeneration
import ChaskiMetrics

/// A figure that the server keeps.
///
/// Names follow https://prometheus.io/docs/practices/naming/: base units, counters end in `_total`.
package enum FigureName: String, CaseIterable, Sendable {
  case requests = "chaski_requests_total"
  case refusals = "chaski_refused_requests_total"
  case replies = "chaski_replies_total"
  case promptTokens = "chaski_prompt_tokens_total"
  case cachedTokens = "chaski_cached_prompt_tokens_total"
  case generatedTokens = "chaski_generated_tokens_total"
  case wastedTokens = "chaski_wasted_tokens_total"
  case computeSeconds = "chaski_compute_seconds_total"
  case wastedSeconds = "chaski_wasted_seconds_total"
  case requestSeconds = "chaski_request_seconds"
  case queueSeconds = "chaski_queue_seconds"
  case prefillSeconds = "chaski_prefill_seconds"
  case decodeSeconds = "chaski_decode_seconds"
  case firstTokenSeconds = "chaski_time_to_first_token_seconds"
  case tokenGapSeconds = "chaski_inter_token_seconds"
  case laterTokenSeconds = "chaski_time_per_later_token_seconds"
  case engineSteps = "chaski_engine_steps_total"
  case batchRows = "chaski_batch_rows"
  case engineBusy = "chaski_engine_busy_seconds_total"
  case engineWastedSeconds = "chaski_engine_wasted_seconds_total"
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
  case finishedTexts = "chaski_cache_finished_texts"
  case pagesUsed = "chaski_cache_pages_used"
  case pagesTotal = "chaski_cache_pages"
  case utilisation = "chaski_utilisation_ratio"
  case modelLoads = "chaski_model_loads_total"
  case modelUnloads = "chaski_model_unloads_total"
  case modelLoadSeconds = "chaski_model_load_seconds"
  case modelBytes = "chaski_model_memory_bytes"
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

  /// The upper bounds of a histogram's buckets; nil for what is no histogram.
  var buckets: [Double]? {
    switch self {
    case .requestSeconds, .queueSeconds, .prefillSeconds, .decodeSeconds, .firstTokenSeconds,
      .modelLoadSeconds:
      MetricDescription.seconds
    case .laterTokenSeconds: [0.001, 0.002] + MetricDescription.seconds
    case .tokenGapSeconds: TokenGaps.bounds
    case .batchRows: [0, 1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 128, 256]
    default: nil
    }
  }

  /// What Prometheus calls its kind.
  package var kind: String {
    if buckets != nil { return "histogram" }
    return rawValue.hasSuffix("_total") ? "counter" : "gauge"
  }

  /// The names of its labels.
  package var labels: [String] {
    switch self {
    case .requests: ["model", "team", "route", "outcome"]
    case .refusals: ["team"]
    case .replies: ["status"]
    case .modelLoads: ["model", "outcome"]
    case .promptTokens, .cachedTokens, .generatedTokens, .wastedTokens, .computeSeconds,
      .wastedSeconds, .requestSeconds, .queueSeconds, .prefillSeconds, .decodeSeconds,
      .firstTokenSeconds, .tokenGapSeconds, .laterTokenSeconds, .teamRunning, .teamWaiting:
      ["model", "team"]
    default: ["model"]
    }
  }

  /// One sentence that says what it measures.
  package var help: String {
    switch self {
    case .requests: "Requests that have ended, by how."
    case .refusals: "Requests that were refused because their team has used what it may."
    case .replies: "Replies to requests of all kinds, by HTTP status; a stream's when it begins."
    case .promptTokens: "Tokens of prompts, those from the cache too."
    case .cachedTokens: "Tokens of prompts that were in the cache."
    case .generatedTokens: "Tokens of answers."
    case .wastedTokens: "Tokens computed again after a request had to leave the cache."
    case .computeSeconds: "Seconds of computing, each step's divided among its requests."
    case .wastedSeconds: "Seconds of computing that went into tokens computed again."
    case .requestSeconds: "From a request to its end."
    case .queueSeconds: "From a request to its first step."
    case .prefillSeconds: "Reading a prompt: from a request's first step to its first token."
    case .decodeSeconds: "From a request's first token to its last."
    case .firstTokenSeconds: "From a request to its first token."
    case .tokenGapSeconds: "Between two tokens of an answer, each gap counted, as they are chosen."
    case .laterTokenSeconds: "Between two tokens of an answer, its mean, as the client saw it."
    case .engineSteps: "Steps of the model."
    case .batchRows: "How many answers a step continued; 0 where it read prompts only."
    case .engineBusy: "Seconds in which steps were computed; its rate is the utilisation."
    case .engineWastedSeconds: "Seconds of steps that went into tokens computed again."
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
    case .finishedTexts: "Finished texts that are kept in the cache."
    case .pagesUsed: "Cache pages in use, finished texts included."
    case .pagesTotal: "Cache pages that there may be."
    case .utilisation: "The share of the time since the last look in which steps were computed."
    case .modelLoads: "Models brought into memory, or not, by outcome."
    case .modelUnloads: "Models that left memory."
    case .modelLoadSeconds: "How long bringing a model into memory took."
    case .modelBytes: "Bytes of a loaded model's weights and of what its cache may take."
    case .teamRunning: "A team's requests in the cache."
    case .teamWaiting: "A team's requests that wait for room in the cache."
    }
  }
}
