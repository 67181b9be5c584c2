// Owns: collecting what is reported from another thread.

import ChaskiEvaluation
import Synchronization

/// A sum of scores.
final class Scores: Sendable {
  private let state = Mutex((sum: 0.0, count: 0))

  var sum: Double { state.withLock { $0.sum } }
  var count: Int { state.withLock { $0.count } }

  func add(_ score: Double) {
    state.withLock { $0 = ($0.sum + score, $0.count + 1) }
  }
}

/// Figures of a benchmark.
final class Figures: Sendable {
  private let figures = Mutex<[BenchmarkFigure]>([])

  var all: [BenchmarkFigure] { figures.withLock { $0 } }

  func append(_ figure: BenchmarkFigure) {
    figures.withLock { $0.append(figure) }
  }
}

/// Values of any kind, in the order they came.
final class Collected<Value: Sendable>: Sendable {
  private let values = Mutex<[Value]>([])

  var all: [Value] { values.withLock { $0 } }

  func append(_ value: Value) {
    values.withLock { $0.append(value) }
  }
}
