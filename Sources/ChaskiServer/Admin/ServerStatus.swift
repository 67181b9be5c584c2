// Owns: what a server does now, as JSON. Does not own: what it did before (ActivityLog).

import ChaskiChat
import ChaskiGeneration
import ChaskiTenants
import Foundation
import Hummingbird

/// A question about what the server does now.
struct ServerStatus: Sendable {
  /// Over how many seconds rates and the utilisation are told.
  private static let recentSeconds = 10.0
  /// Over how many seconds teams' shares and times to first tokens are told.
  private static let shareSeconds = 60.0

  private let service: ServerService
  private let after: Int

  /// The question of `request`; `after` leaves out samples that are known.
  ///
  /// - Throws: `ServerError.field`, `.unsupported`.
  init(_ request: Request, _ service: ServerService) throws(ServerError) {
    let fields = try QueryFields(request, known: ["after"])
    after = Int(try fields.int("after", in: 0...Int64(Int32.max)) ?? 0)
    self.service = service
  }

  /// The answer.
  func answer() async throws(ServerError) -> Response {
    var weights: [String: Double] = [:]
    if service.tenants != nil {
      let teams = try await TenantOffice(service).perform { (store) throws(TenantError) in
        try store.teams()
      }
      for team in teams { weights[team.name] = team.settings.weight }
    }
    let log = service.figures?.activity.contents() ?? ActivityLog()
    let models = service.registry.loaded.map { ($0, $0.engine.snapshot()) }
    let started = Double(service.startTime)
    let hasKeys = await service.gate.hasKeys
    return Response(
      json: [
        "version": .string(service.configuration.version),
        "phase": .string(service.readiness.phase.name),
        "started": .time(Date(timeIntervalSince1970: started)),
        "uptime_seconds": .number(max(Date().timeIntervalSince1970 - started, 0)),
        "has_keys": .bool(hasKeys),
        "has_teams": .bool(service.tenants != nil),
        "recent": Self.recent(log),
        "models": .array(models.map { Self.json($0.0, $0.1) }),
        "teams": Self.teams(models.compactMap(\.1), log, weights),
        "samples": .array(log.samples.filter { $0.number > after }.map(Self.json)),
      ]
    )
  }

  private static func recent(_ log: ActivityLog) -> JSONValue {
    let now = log.recent(seconds: recentSeconds)
    let minute = log.recent(seconds: shareSeconds)
    let percentiles = minute.firstTokenPercentiles
    return [
      "seconds": .number(now.seconds),
      "utilisation": .number(now.utilisation),
      "prompt_tokens_per_second": .number(rate(now.promptTokens, now.seconds)),
      "generated_tokens_per_second": .number(rate(now.generatedTokens, now.seconds)),
      "batch_rows": .number(
        now.writingSteps > 0 ? Double(now.generatedTokens) / Double(now.writingSteps) : nil
      ),
      "first_tokens": .int(minute.firstTokenSeconds.count),
      "first_token_seconds_p50": .number(percentiles?.p50),
      "first_token_seconds_p95": .number(percentiles?.p95),
    ]
  }

  private static func json(_ model: ServedModel, _ snapshot: BatchSnapshot?) -> JSONValue {
    var object = JSONObject()
    object["id"] = .string(model.id)
    object["context_length"] = .int(model.engine.contextLength)
    object["parameter_count"] = .int(model.facts.parameterCount)
    object["quantization"] = .string(model.facts.quantization)
    object["byte_count"] = .int(model.facts.byteCount)
    guard let snapshot else { return .object(object) }
    let counts: [(String, Int)] = [
      ("running", snapshot.running), ("waiting", snapshot.waiting),
      ("steps", snapshot.stepCount), ("prompt_tokens", snapshot.prefillTokens),
      ("generated_tokens", snapshot.decodeTokens), ("cached_tokens", snapshot.cachedTokens),
      ("wasted_tokens", snapshot.wastedTokens), ("prefix_hits", snapshot.prefixHits),
      ("prefix_misses", snapshot.prefixMisses), ("preemptions", snapshot.preemptions),
      ("evictions", snapshot.evictions), ("finished_texts", snapshot.finishedTexts),
      ("pages_used", snapshot.pagesUsed), ("pages", snapshot.pagesTotal),
    ]
    for (name, count) in counts { object[name] = .int(count) }
    object["busy_seconds"] = .number(snapshot.busySeconds)
    object["wasted_seconds"] = .number(snapshot.wastedSeconds)
    return .object(object)
  }

  private static func teams(
    _ snapshots: [BatchSnapshot],
    _ log: ActivityLog,
    _ weights: [String: Double]
  ) -> JSONValue {
    let recent = log.recent(seconds: shareSeconds).teamTokens
    let total = recent.values.reduce(0, +)
    var names = Set(weights.keys)
    for snapshot in snapshots { names.formUnion(snapshot.teams.keys) }
    return .array(
      names.sorted().map { name in
        let teams = snapshots.compactMap { $0.teams[name] }
        let tokens = recent[name] ?? 0
        return [
          "team": .string(name),
          "weight": .number(weights[name] ?? 1),
          "running": .int(teams.reduce(0) { $0 + $1.running }),
          "waiting": .int(teams.reduce(0) { $0 + $1.waiting }),
          "tokens": .int(teams.reduce(0) { $0 + $1.tokens }),
          "recent_tokens": .int(tokens),
          "share": .number(total > 0 ? Double(tokens) / Double(total) : 0),
        ]
      }
    )
  }

  private static func json(_ sample: ActivityLog.Sample) -> JSONValue {
    [
      "number": .int(sample.number),
      "time": .number(sample.time),
      "utilisation": .number(sample.utilisation),
      "prompt_tokens_per_second": .number(rate(sample.promptTokens, sample.seconds)),
      "generated_tokens_per_second": .number(rate(sample.generatedTokens, sample.seconds)),
      "running": .int(sample.running),
      "waiting": .int(sample.waiting),
      "pages_used": .int(sample.pagesUsed),
      "first_token_seconds": .number(sample.firstTokenPercentiles?.p50),
    ]
  }

  private static func rate(_ count: Int, _ seconds: Double) -> Double {
    seconds > 0 ? Double(count) / seconds : 0
  }
}

extension Readiness.Phase {
  /// The phase in a word.
  fileprivate var name: String {
    switch self {
    case .ready: "ready"
    case .leaving: "leaving"
    case .draining: "draining"
    }
  }
}
