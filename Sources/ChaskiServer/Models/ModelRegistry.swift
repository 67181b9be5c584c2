// Owns: the models of a server by name: giving them to requests, loading and unloading them.
// Does not own: when that is done (ModelShelf), how a model is loaded (OfferedModel).

import ChaskiTensors
import Foundation
package import Logging
import Synchronization

/// The models that a server has, loaded when they are asked for and unloaded when others need their memory.
///
/// A model that a request was given stays loaded as long as anyone of the request holds it (`ModelLease`).
package final class ModelRegistry: Sendable {
  typealias Waiting = CheckedContinuation<Result<ServedModel, any Error>, Never>

  struct State {
    var shelf: ModelShelf
    var loaded: [String: LoadedModel] = [:]
    var descriptions: [String: ModelDescription]
    var waiting: [ModelShelf.Ticket: Waiting] = [:]
    /// Requests that ask at present, and whether they have given up.
    var asking: [ModelShelf.Ticket: Bool] = [:]
    var lastTicket: ModelShelf.Ticket = 0
    var timer: (task: Task<Void, Never>, deadline: Duration)?
  }

  let state: Mutex<State>
  let offers: [OfferedModel]
  let logger: Logger
  let report: @Sendable (ModelEvent) -> Void
  let epoch = ContinuousClock.now
  private let executor = ForwardingExecutor(label: "chaski.loading")

  /// A registry of models to be loaded, the names all different; `report` is told of models that come and go.
  package init(
    offering offers: [OfferedModel],
    policy: ModelPolicy = ModelPolicy(),
    logger: Logger,
    report: @escaping @Sendable (ModelEvent) -> Void = { _ in }
  ) {
    self.offers = offers
    self.logger = logger
    self.report = report
    var descriptions: [String: ModelDescription] = [:]
    var byteCounts: [String: Int] = [:]
    for offer in offers {
      descriptions[offer.description.id] = offer.description
      byteCounts[offer.description.id] = offer.byteCount
    }
    state = Mutex(
      State(shelf: ModelShelf(byteCounts, policy: policy), descriptions: descriptions)
    )
  }

  /// A registry of models that are loaded, and stay so.
  package convenience init(_ models: [ServedModel]) {
    self.init(
      offering: models.map { model in
        OfferedModel(description: ModelDescription(model), byteCount: 0) { _ in
          LoadedModel(model, byteCount: 0)
        }
      },
      logger: Logger(label: "chaski.models") { _ in SwiftLogNoOpLogHandler() }
    )
    for model in models { adopt(LoadedModel(model, byteCount: 0)) }
  }

  /// Loads the model `id` before anyone asks for it.
  ///
  /// - Throws: What loading it throws.
  package func load(
    _ id: String,
    progress: @escaping OfferedModel.Progress = { _, _ in }
  ) async throws {
    guard let offer = offers.first(where: { $0.description.id == id }) else { return }
    let start = ContinuousClock.now
    let loaded = try await load(offer, progress: progress)
    tell(.loaded(loaded.served, byteCount: loaded.byteCount, duration: ContinuousClock.now - start))
    adopt(loaded)
  }

  /// Takes nothing new, ends all waiting, finishes what runs and cancels the rest after `deadline`.
  package func drain(within deadline: Duration) async {
    change { shelf, _ in shelf.drain() }
    let models = loaded
    await withTaskGroup { group in
      for model in models { group.addTask { await model.engine.drain(within: deadline) } }
    }
  }

  /// Loads a model on threads that nobody else needs.
  private func load(
    _ offer: OfferedModel,
    progress: @escaping OfferedModel.Progress = { _, _ in }
  ) async throws -> LoadedModel {
    try await withTaskExecutorPreference(executor) { try await offer.load(progress) }
  }

  // MARK: What the shelf wants done. Nothing here holds the lock.

  func begin(_ effects: Effects) {
    for (continuation, result) in effects.answers { continuation.resume(returning: result) }
    for id in effects.loads { beginLoading(id) }
    for model in effects.unloads { beginUnloading(model) }
  }

  private func beginLoading(_ id: String) {
    guard let offer = offers.first(where: { $0.description.id == id }) else { return }
    Task {
      let start = ContinuousClock.now
      do {
        let loaded = try await load(offer)
        let duration = ContinuousClock.now - start
        tell(.loaded(loaded.served, byteCount: loaded.byteCount, duration: duration))
        adopt(loaded)
      } catch {
        logger.error(
          "model not loaded",
          metadata: ["model": .string(id), "error": .string("\(error)")]
        )
        report(.failed(id, duration: ContinuousClock.now - start))
        change { $0.failed(id, .modelNotLoaded(id), now: $1) }
      }
    }
  }

  private func beginUnloading(_ model: LoadedModel) {
    let id = model.served.id
    // The model is gone when the task that closes it is: only then its memory counts as free.
    let closing = Task { [self] in
      await model.close()
      tell(.unloaded(model.served))
    }
    Task {
      await closing.value
      change { $0.unloaded(id, now: $1) }
    }
  }

  private func tell(_ event: ModelEvent) {
    switch event {
    case .loaded(let model, let byteCount, let duration):
      logger.info(
        "model loaded",
        metadata: [
          "model": .string(model.id), "bytes": .stringConvertible(byteCount),
          "milliseconds": .stringConvertible(Int(duration / .milliseconds(1))),
        ]
      )
    case .unloaded(let model):
      logger.info("model unloaded", metadata: ["model": .string(model.id)])
    case .failed: break
    }
    report(event)
  }
}
