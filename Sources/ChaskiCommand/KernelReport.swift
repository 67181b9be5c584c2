// Owns: how the figures of single operations are shown.

import ChaskiEvaluation
import ChaskiTerminal
import Foundation

/// The figures of `chaski bench --kernels`.
struct KernelReport: Encodable {
  var instructionSet = ""
  var figures: [KernelFigure] = []

  /// A table for people.
  var table: String {
    var table = TableFormatter(
      columns: [
        ("OPERATION", .left),
        ("THREADS", .right),
        ("\(KernelBenchmark.tokenCount) TOKENS, GOPS", .right),
        ("OF PEAK", .right),
        ("1 TOKEN, GB/S", .right),
        ("OF BANDWIDTH", .right),
      ])
    for figure in figures {
      table.add([
        figure.name, "\(figure.threads)",
        String(format: "%.0f", figure.manyTokens.perSecond / 1e9),
        Self.percent(figure.manyTokens.share),
        String(format: "%.1f", figure.oneToken.perSecond / 1e9),
        Self.percent(figure.oneToken.share),
      ])
    }
    return "\(instructionSet)\n" + table.lines.map { $0 + "\n" }.joined()
  }

  /// The same as comma-separated values with a header.
  var csv: String {
    let head = "isa,operation,threads,many_gops,many_peak_gops,one_gb_s,one_bandwidth_gb_s"
    let lines = figures.map { figure in
      let numbers = [
        figure.manyTokens.perSecond, figure.manyTokens.limit, figure.oneToken.perSecond,
        figure.oneToken.limit,
      ]
      return
        ([instructionSet, figure.name, "\(figure.threads)"]
        + numbers.map { String(format: "%.2f", $0 / 1e9) }).joined(separator: ",")
    }
    return ([head] + lines).joined(separator: "\n") + "\n"
  }

  private static func percent(_ share: Double) -> String {
    String(format: "%.0f %%", share * 100)
  }
}
