// Owns: how a benchmark's figures are shown.

import ChaskiEvaluation
import ChaskiTerminal
import Foundation

/// The figures of `chaski bench`.
struct BenchReport: Encodable {
  /// The figures with one number of threads.
  struct Run: Encodable {
    let threads: Int
    let limits: MachineLimits
    let figures: [BenchmarkFigure]
    var speculation: [SpeculationFigure] = []
  }

  let model: String
  var instructionSet = ""
  var packedByteCount = 0
  var runs: [Run] = []

  init(model: String) {
    self.model = model
  }

  /// A table for people.
  var table: String {
    var table = TableFormatter(
      columns: [
        ("TEST", .left),
        ("THREADS", .right),
        ("BATCH", .right),
        ("TOK/S", .right),
        ("MIN", .right),
        ("MAX", .right),
        ("OF BANDWIDTH", .right),
        ("OF INT8 PEAK", .right),
      ])
    for run in runs {
      for figure in run.figures {
        table.add([
          "\(figure.kind.rawValue) \(figure.length)", "\(run.threads)", "\(figure.batchSize)",
          Self.rate(figure.medianRate), Self.rate(figure.range.lowerBound),
          Self.rate(figure.range.upperBound),
          Self.percent(figure.weightBytesPerSecond / run.limits.readBandwidth),
          Self.percent(figure.operationsPerSecond / run.limits.int8Rate),
        ])
      }
    }
    let limits = runs.map {
      String(
        format: "%d \($0.threads == 1 ? "thread" : "threads"): memory %.1f GB/s, int8 %.0f GOPS",
        $0.threads,
        $0.limits.readBandwidth / 1e9,
        $0.limits.int8Rate / 1e9
      )
    }
    let weights = String(format: "%.1f MB packed", Double(packedByteCount) / 1e6)
    return "\(model) (\(weights), \(instructionSet))\n" + table.lines.map { $0 + "\n" }.joined()
      + SpeculationMeasure.table(runs) + limits.joined(separator: "\n") + "\n"
  }

  /// The same as comma-separated values with a header.
  var csv: String {
    var lines = [
      "model,isa,test,length,threads,batch,median_tok_s,min_tok_s,max_tok_s,weight_gb_s,"
        + "read_bandwidth_gb_s,gops,int8_peak_gops"
    ]
    for run in runs {
      for figure in run.figures {
        let numbers = [
          figure.medianRate, figure.range.lowerBound, figure.range.upperBound,
          figure.weightBytesPerSecond / 1e9, run.limits.readBandwidth / 1e9,
          figure.operationsPerSecond / 1e9, run.limits.int8Rate / 1e9,
        ]
        let head = [
          "\"\(model.replacing("\"", with: "\"\""))\"", instructionSet, figure.kind.rawValue,
          "\(figure.length)", "\(run.threads)", "\(figure.batchSize)",
        ]
        lines.append(
          (head + numbers.map { String(format: "%.2f", $0) }).joined(separator: ",")
        )
      }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private static func rate(_ value: Double) -> String { String(format: "%.1f", value) }
  private static func percent(_ share: Double) -> String {
    String(format: "%.0f %%", share * 100)
  }
}
