// Owns: what routes ask of a registry.

import Foundation
import Synchronization

extension ModelRegistry {
  /// The model that `name` asks for, loaded; `name:latest` is `name`, as Ollama's clients write it.
  ///
  /// Waits until it is loaded and there is memory for it. It stays loaded as long as the caller, or whoever it is handed on
  /// to, holds what is returned. The wait ends when `presence` or the task does.
  ///
  /// - Parameters:
  ///   - name: The name.
  ///   - presence: Whether the client is still there.
  ///   - keepAlive: How long the model stays after the request, if the request says so.
  /// - Returns: The model, with its lease and how long it was waited for.
  /// - Throws: `ServerError.unknownModel`, `.modelNotLoaded`, `.noRoom`, `.overloaded`, `.draining`; `CancellationError`.
  package func model(
    named name: String,
    presence: ConnectionPresence? = nil,
    keepAlive: KeepAlive? = nil
  ) async throws -> ServedModel {
    let id = try id(named: name)
    let start = ContinuousClock.now
    let ticket = takeTicket()
    let number = presence?.whenGone { [weak self] in self?.abandon(ticket) }
    let result = await withTaskCancellationHandler {
      await withCheckedContinuation { wait(ticket, for: id, keepAlive, $0) }
    } onCancel: {
      abandon(ticket)
    }
    if let number { presence?.forget(number) }
    forget(ticket)
    var model = try result.get()
    model.waitDuration = ContinuousClock.now - start
    return model
  }

  /// What can be told of the model that `name` asks for; it need not be loaded.
  ///
  /// - Throws: `ServerError.unknownModel`.
  package func listing(named name: String) throws(ServerError) -> ModelListing {
    let id = try id(named: name)
    guard let listing = listings.first(where: { $0.description.id == id }) else {
      throw unknown(name)
    }
    return listing
  }

  /// All models in the order they were named.
  package var listings: [ModelListing] {
    @inline(never) get {
      let start = Date()
      return state.withLock { state in
        offers.map { offer in
          let id = offer.description.id
          let expiry = state.shelf.expiry(of: id)
          return ModelListing(
            description: state.descriptions[id] ?? offer.description,
            isLoaded: state.loaded[id] != nil,
            byteCount: state.shelf.places[id]?.byteCount ?? 0,
            expiry: expiry.map { start.addingTimeInterval(($0 - now) / .seconds(1)) }
          )
        }
      }
    }
  }

  /// The models in memory, in the order they were named; a look does not keep them there.
  package var loaded: [ServedModel] {
    @inline(never) get {
      state.withLock { state in offers.compactMap { state.loaded[$0.description.id]?.served } }
    }
  }

  private func id(named name: String) throws(ServerError) -> String {
    let suffix = ":latest"
    let short = name.hasSuffix(suffix) ? String(name.dropLast(suffix.count)) : name
    let ids = offers.map(\.description.id)
    guard let id = ids.first(where: { $0 == name }) ?? ids.first(where: { $0 == short }) else {
      throw unknown(name)
    }
    return id
  }

  private func unknown(_ name: String) -> ServerError {
    .unknownModel(name, available: offers.map(\.description.id))
  }
}
