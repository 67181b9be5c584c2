// Owns: collecting figures that are reported from another thread.

import ChaskiEvaluation
import Synchronization

/// Figures in the order they came.
final class FigureList: Sendable {
  private let figures = Mutex<[BenchmarkFigure]>([])

  /// All figures so far.
  var all: [BenchmarkFigure] { figures.withLock { $0 } }

  /// Adds `figure`.
  func append(_ figure: BenchmarkFigure) {
    figures.withLock { $0.append(figure) }
  }
}
