import ChaskiGeneration
import Foundation
import Synchronization
import Testing

/// Turns of threads that really wait.
@Suite(.timeLimit(.minutes(10))) struct ComputeTurnsTests {
  /// Runs each closure on a thread of its own and returns when all have ended.
  private static func onThreads(_ bodies: [@Sendable () -> Void]) async {
    await withTaskGroup { group in
      for body in bodies {
        group.addTask {
          await withCheckedContinuation { done in
            Thread {
              body()
              done.resume()
            }.start()
          }
        }
      }
    }
  }

  private final class Record: Sendable {
    private let state = Mutex((inside: 0, turns: [Int](), overlapped: false))

    func enter() {
      state.withLock {
        $0.inside += 1
        if $0.inside > 1 { $0.overlapped = true }
      }
    }
    func exit(_ engine: Int) {
      state.withLock {
        $0.inside -= 1
        $0.turns.append(engine)
      }
    }
    var turns: [Int] { state.withLock { $0.turns } }
    var overlapped: Bool { state.withLock { $0.overlapped } }
  }

  @Test func `one computes at a time, by weight, and all come to their end`() async {
    let turns = ComputeTurns()
    let record = Record()
    let weights = [1.0, 3, 6]
    let seats = weights.map { _ in turns.seat() }
    // All have work before the first turn, so that the order does not depend on when threads start.
    for (engine, seat) in seats.enumerated() {
      _ = seat.enter(for: ["team \(engine)": weights[engine]])
    }
    await Self.onThreads(
      weights.indices.map { engine in
        let (seat, count) = (seats[engine], Int(weights[engine]) * 300)
        return {
          for _ in 0..<count {
            _ = seat.enter(for: ["team \(engine)": weights[engine]])
            seat.begin()
            record.enter()
            record.exit(engine)
            seat.end(seconds: 1)
          }
          seat.leave()
        }
      }
    )
    #expect(!record.overlapped)
    let all = record.turns
    #expect(all.count == 3_000)
    let half = all.prefix(1_500)
    for engine in weights.indices {
      let share = Double(half.count { $0 == engine }) / Double(half.count)
      #expect(abs(share - weights[engine] / 10) < 0.01, "\(engine): \(share)")
    }
  }

  @Test func `whoever is waited for and has nothing to do gives way`() async {
    let turns = ComputeTurns()
    let (heavy, light) = (turns.seat(), turns.seat())
    _ = heavy.enter(for: ["heavy": 100])
    _ = light.enter(for: ["light": 1])
    heavy.begin()
    let isWaiting = Mutex(false)
    await Self.onThreads([
      {
        isWaiting.withLock { $0 = true }
        light.begin()
        light.end(seconds: 1)
        light.leave()
      },
      {
        while !isWaiting.withLock({ $0 }) { Thread.sleep(forTimeInterval: 0.001) }
        Thread.sleep(forTimeInterval: 0.02)
        // Its turn was short for its weight, so it would come next: but it has no work.
        heavy.end(seconds: 0.01)
        heavy.leave()
      },
    ])
  }

  @Test func `a seat that goes while it is waited for gives way`() async {
    let turns = ComputeTurns()
    let light = turns.seat()
    _ = light.enter(for: ["light": 1])
    var heavy: ComputeTurns.Seat? = turns.seat()
    _ = heavy?.enter(for: ["heavy": 100])
    heavy?.begin()
    let waits: @Sendable () -> Void = {
      light.begin()
      light.end(seconds: 1)
    }
    await Self.onThreads([waits, endAndGo(&heavy)])
  }

  private func endAndGo(_ seat: inout ComputeTurns.Seat?) -> @Sendable () -> Void {
    let box = Mutex(seat)
    seat = nil
    return {
      Thread.sleep(forTimeInterval: 0.02)
      box.withLock { seat in
        seat?.end(seconds: 0.01)
        seat = nil
      }
    }
  }
}
