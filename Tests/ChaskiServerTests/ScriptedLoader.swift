// Owns: models for tests that are loaded when a test says so.

import ChaskiServer
import Logging
import Synchronization

/// Loads tiny models, and keeps account of it.
final class ScriptedLoader: Sendable {
  struct Problem: Error {}

  private struct State {
    var loads: [String: Int] = [:]
    var closes: [String: Int] = [:]
    var failures: Set<String> = []
    var engines: [String: ScriptedEngine] = [:]
    var isBlocked = false
    var blocked: [CheckedContinuation<Void, Never>] = []
  }

  private let state = Mutex(State())
  private let makeEngine: @Sendable (String) -> ScriptedEngine

  /// A loader of models whose engine `makeEngine` makes.
  init(
    engine makeEngine: @escaping @Sendable (String) -> ScriptedEngine = {
      ScriptedEngine(saying: $0)
    }
  ) {
    self.makeEngine = makeEngine
  }

  /// A registry of models that take `byteCount` each.
  func registry(
    _ ids: [String],
    byteCount: Int = 60,
    memory: Int = 100,
    change: (inout ModelPolicy) -> Void = { _ in },
    report: @escaping @Sendable (ModelEvent) -> Void = { _ in }
  ) throws -> ModelRegistry {
    var policy = ModelPolicy()
    policy.memoryByteCount = memory
    change(&policy)
    var logger = Logger(label: "test")
    logger.logLevel = .critical
    let offers = try ids.map { id in
      let description = ModelDescription(
        try TinyModel.served(by: ScriptedEngine(saying: "never"), id: id)
      )
      return OfferedModel(description: description, byteCount: byteCount) { [self] _ in
        try await load(id, byteCount: byteCount)
      }
    }
    return ModelRegistry(offering: offers, policy: policy, logger: logger, report: report)
  }

  /// How often `id` was loaded.
  @inline(never) func loads(_ id: String) -> Int { state.withLock { $0.loads[id] ?? 0 } }

  /// How often `id` was closed.
  @inline(never) func closes(_ id: String) -> Int { state.withLock { $0.closes[id] ?? 0 } }

  /// The engine that `id` was loaded with last.
  @inline(never) func engine(_ id: String) -> ScriptedEngine? { state.withLock { $0.engines[id] } }

  /// Whether `id` cannot be loaded.
  @inline(never) func setFails(_ id: String, _ fails: Bool) {
    state.withLock { state in
      if fails { state.failures.insert(id) } else { state.failures.remove(id) }
    }
  }

  /// Lets loads wait until `unblock`.
  @inline(never) func block() { state.withLock { $0.isBlocked = true } }

  /// Lets loads come to their end.
  @inline(never) func unblock() {
    let blocked = state.withLock { state in
      defer { state.blocked = [] }
      state.isBlocked = false
      return state.blocked
    }
    for continuation in blocked { continuation.resume() }
  }

  private func load(_ id: String, byteCount: Int) async throws -> LoadedModel {
    begin(id)
    await withCheckedContinuation { wait($0) }
    let engine = try make(id)
    return LoadedModel(try TinyModel.served(by: engine, id: id), byteCount: byteCount) { [self] in
      close(id)
    }
  }

  @inline(never) private func begin(_ id: String) {
    state.withLock { $0.loads[id, default: 0] += 1 }
  }

  @inline(never) private func wait(_ continuation: CheckedContinuation<Void, Never>) {
    let waits = state.withLock { state in
      if state.isBlocked { state.blocked.append(continuation) }
      return state.isBlocked
    }
    if !waits { continuation.resume() }
  }

  @inline(never) private func make(_ id: String) throws -> ScriptedEngine {
    let engine = makeEngine(id)
    return try state.withLock { state in
      if state.failures.contains(id) { throw Problem() }
      state.engines[id] = engine
      return engine
    }
  }

  @inline(never) private func close(_ id: String) {
    state.withLock { state in
      state.closes[id, default: 0] += 1
      state.engines[id] = nil
    }
  }
}
