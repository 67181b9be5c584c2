// Owns: how `chaski bench --engine` shows the figures of many answers at once.

import ChaskiEvaluation
import ChaskiTerminal
import Foundation

/// The figures of a batching engine.
enum EngineMeasure {
  /// A table for people; empty if nothing was measured.
  static func table(_ runs: [BenchReport.Run]) -> String {
    guard runs.contains(where: { !$0.engine.isEmpty }) else { return "" }
    var table = TableFormatter(
      columns: [
        ("ANSWERS AT ONCE", .right),
        ("THREADS", .right),
        ("TOKENS", .right),
        ("TOK/S", .right),
        ("STEPS ALONE", .right),
        ("RATIO", .right),
        ("FIRST TOKEN", .right),
      ])
    for run in runs {
      for figure in run.engine {
        table.add([
          "\(figure.streams)", "\(run.threads)", "\(figure.length)",
          String(format: "%.1f", figure.medianRate),
          String(format: "%.1f", figure.medianStepRate),
          String(format: "%.2f", figure.medianRate / max(figure.medianStepRate, 1e-9)),
          String(format: "%.0f ms", figure.firstTokenSeconds * 1e3),
        ])
      }
    }
    return table.lines.map { $0 + "\n" }.joined()
  }

  /// The columns of a line of comma-separated values after the model and its instruction set.
  static func csvFields(_ figure: EngineFigure, threads: Int) -> [String] {
    let rates = [figure.medianRate, figure.rates.min() ?? 0, figure.rates.max() ?? 0]
    return ["engine", "\(figure.length)", "0", "\(figure.streams)", "", "\(threads)"]
      + rates.map { String(format: "%.3f", $0) }
      // Bytes, operations and shares are not measured here.
      + Array(repeating: "", count: 8)
      + [String(format: "%.3f", figure.medianStepRate), "", "", ""]
  }
}
