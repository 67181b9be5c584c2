// Owns: waiting for one's turn among engines that compute on the same processors.
// Does not own: whose turn it is (TurnOrder), what they compute.

import Dispatch
import Synchronization

/// Turns of engines that share a machine: one computes a step at a time, by the weights of the teams it computes
/// for (`TurnOrder`).
///
/// Every engine's threads are as many as the processors and spin while they wait for each other; two sets of them at once
/// would take each other's processors away in the middle of an operation. What is computed does not depend on the
/// turns.
package final class ComputeTurns: Sendable {
  /// One engine's place among the others, for as long as it lives.
  ///
  /// The engine says before each step for whom it has work (`enter`), takes a turn (`begin`, `end`), and says
  /// when it has none (`leave`): an engine that is to come next is waited for while it prepares its step, so
  /// between these calls it does nothing long.
  package final class Seat: Sendable {
    private let number: Int
    private let turns: ComputeTurns

    fileprivate init(number: Int, turns: ComputeTurns) {
      self.number = number
      self.turns = turns
    }

    deinit { turns.remove(number) }

    /// The engine has work for `teams`, each with its weight.
    ///
    /// - Returns: In how many engines each of the teams has work.
    package func enter(for teams: [String: Double]) -> [String: Int] {
      turns.enter(number, for: teams)
    }

    /// The engine has no work.
    package func leave() { turns.leave(number) }

    /// Waits until it is the engine's turn.
    ///
    /// It blocks its thread: it is called on an engine's own queue, never on the cooperative pool.
    package func begin() { turns.begin(number) }

    /// Ends the engine's turn, which took `seconds`.
    package func end(seconds: Double) { turns.end(number, seconds: seconds) }
  }

  private struct State {
    var order = TurnOrder()
    var lastNumber = 0
    /// Who computes.
    var holder: Int?
    /// Who prepares a step and comes next, if nobody computes.
    var awaited: Int?
    var waiting: [Int: DispatchSemaphore] = [:]

    /// Gives the turn to whoever is next: one that waits, or one that has work and is about to ask.
    mutating func pass() -> DispatchSemaphore? {
      (holder, awaited) = (nil, nil)
      let candidates = order.active.union(waiting.keys)
      guard let next = order.next(among: candidates) else { return nil }
      guard let semaphore = waiting.removeValue(forKey: next) else {
        // Alone it need not be waited for.
        awaited = candidates.count > 1 ? next : nil
        return nil
      }
      holder = next
      return semaphore
    }
  }

  private let state = Mutex(State())

  /// Turns that nobody has.
  package init() {}

  /// A place for one more engine.
  package func seat() -> Seat {
    let number = state.withLock { state in
      state.lastNumber += 1
      return state.lastNumber
    }
    return Seat(number: number, turns: self)
  }

  @inline(never)
  private func enter(_ number: Int, for teams: [String: Double]) -> [String: Int] {
    state.withLock { state in
      state.order.enter(number, for: teams)
      return Dictionary(
        uniqueKeysWithValues: teams.keys.map { ($0, state.order.engineCount(of: $0)) }
      )
    }
  }

  @inline(never)
  private func leave(_ number: Int) {
    let next = state.withLock { state -> DispatchSemaphore? in
      state.order.leave(number)
      return state.awaited == number ? state.pass() : nil
    }
    next?.signal()
  }

  @inline(never)
  private func remove(_ number: Int) {
    leave(number)
    state.withLock { $0.order.remove(number) }
  }

  @inline(never)
  private func begin(_ number: Int) {
    let semaphore = state.withLock { state -> DispatchSemaphore? in
      guard state.holder != nil || (state.awaited != nil && state.awaited != number) else {
        (state.holder, state.awaited) = (number, nil)
        return nil
      }
      let semaphore = DispatchSemaphore(value: 0)
      state.waiting[number] = semaphore
      return semaphore
    }
    semaphore?.wait()
  }

  @inline(never)
  private func end(_ number: Int, seconds: Double) {
    let next = state.withLock { state -> DispatchSemaphore? in
      state.order.charge(number, seconds: seconds)
      return state.pass()
    }
    next?.signal()
  }
}
