// Owns: what of a registry is under its lock.

import Foundation
import Synchronization

// Functions with the lock are not inlined: swiftc 6.3.1 on Linux, inlining a Mutex into an async function, keeps the
// address of the thread's own number across an await, and unlocking on the next thread traps.
extension ModelRegistry {
  /// What is to be done once the lock is open.
  struct Effects {
    var answers: [(Waiting, Result<ServedModel, any Error>)] = []
    var loads: [String] = []
    var unloads: [LoadedModel] = []
  }

  /// Time since the registry began.
  var now: Duration { ContinuousClock.now - epoch }

  /// Tells the shelf what happened, and does what it says.
  @inline(never)
  func change(_ event: (inout ModelShelf, _ now: Duration) -> [ModelShelf.Action]) {
    let effects = state.withLock { state in
      let actions = event(&state.shelf, now)
      return prepare(actions, &state)
    }
    begin(effects)
  }

  /// Puts a model that was loaded on the shelf.
  @inline(never)
  func adopt(_ model: LoadedModel) {
    let id = model.served.id
    let effects = state.withLock { state in
      state.loaded[id] = model
      state.descriptions[id] = ModelDescription(model.served)
      let actions = state.shelf.loaded(id, byteCount: model.byteCount, now: now)
      return prepare(actions, &state)
    }
    begin(effects)
  }

  private func prepare(_ actions: [ModelShelf.Action], _ state: inout State) -> Effects {
    var effects = Effects()
    for action in actions {
      switch action {
      case .grant(let ticket, let id):
        guard var model = state.loaded[id]?.served,
          let waiting = state.waiting.removeValue(forKey: ticket)
        else { preconditionFailure("request \(ticket) gets \(id), which is not there") }
        model.lease = ModelLease { [self] in change { $0.release(id, now: $1) } }
        effects.answers.append((waiting, .success(model)))
      case .refuse(let ticket, let error):
        guard let waiting = state.waiting.removeValue(forKey: ticket) else { continue }
        effects.answers.append((waiting, .failure(error)))
      case .load(let id): effects.loads.append(id)
      case .unload(let id):
        if let model = state.loaded.removeValue(forKey: id) { effects.unloads.append(model) }
      }
    }
    setTimer(&state)
    return effects
  }

  /// Has the shelf looked after when something is due.
  private func setTimer(_ state: inout State) {
    let deadline = state.shelf.nextDeadline()
    guard deadline != state.timer?.deadline else { return }
    state.timer?.task.cancel()
    state.timer = nil
    guard let deadline else { return }
    let instant = epoch + deadline
    let task = Task { [weak self] in
      try? await Task.sleep(until: instant, clock: .continuous)
      if !Task.isCancelled { self?.timeCame() }
    }
    state.timer = (task, deadline)
  }

  @inline(never)
  private func timeCame() {
    state.withLock { $0.timer = nil }
    change { $0.advance($1) }
  }

  // MARK: Requests

  /// A number for a request that begins.
  @inline(never)
  func takeTicket() -> ModelShelf.Ticket {
    state.withLock { state in
      state.lastTicket += 1
      state.asking[state.lastTicket] = false
      return state.lastTicket
    }
  }

  /// Lets a request wait for `id`.
  @inline(never)
  func wait(
    _ ticket: ModelShelf.Ticket,
    for id: String,
    _ keepAlive: KeepAlive?,
    _ waiting: Waiting
  ) {
    let effects = state.withLock { state in
      guard state.asking[ticket] == false else {
        return Effects(answers: [(waiting, .failure(CancellationError()))])
      }
      state.waiting[ticket] = waiting
      let actions = state.shelf.request(ticket, id, keepAlive: keepAlive, now: now)
      return prepare(actions, &state)
    }
    begin(effects)
  }

  /// Ends a request's waiting, which may not have begun.
  @inline(never)
  func abandon(_ ticket: ModelShelf.Ticket) {
    let effects = state.withLock { state in
      guard let waiting = state.waiting.removeValue(forKey: ticket) else {
        if state.asking[ticket] != nil { state.asking[ticket] = true }
        return Effects()
      }
      let actions = state.shelf.cancel(ticket, now: now)
      var effects = prepare(actions, &state)
      effects.answers.append((waiting, .failure(CancellationError())))
      return effects
    }
    begin(effects)
  }

  /// Forgets a request that has its answer.
  @inline(never)
  func forget(_ ticket: ModelShelf.Ticket) {
    state.withLock { $0.asking[ticket] = nil }
  }
}
