// Owns: collecting figures that are reported from another thread.

import ChaskiEvaluation
import Synchronization

/// Figures in the order they came.
final class FigureList: Sendable {
  private let figures = Mutex<[BenchmarkFigure]>([])

  /// All figures so far.
  var all: [BenchmarkFigure] {
    // Not inlined: swiftc 6.3.1 on Linux, inlining a Mutex into an async function, keeps the address of the
    // thread's own number across an await, and unlocking on the next thread traps.
    @inline(never)
    get { figures.withLock { $0 } }
  }

  /// Adds `figure`.
  @inline(never)
  func append(_ figure: BenchmarkFigure) {
    figures.withLock { $0.append(figure) }
  }
}
