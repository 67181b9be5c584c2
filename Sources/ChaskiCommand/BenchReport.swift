// Owns: how a benchmark's figures are shown.

import ChaskiEvaluation
import ChaskiTerminal
import Foundation

/// The figures of one model in `chaski bench`.
struct BenchReport: Encodable {
  /// The figures with one number of threads.
  struct Run: Encodable {
    let threads: Int
    let loadSeconds: Double
    let figures: [BenchmarkFigure]
    var speculation: [SpeculationFigure] = []
    var engine: [EngineFigure] = []
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
        ("DEPTH", .right),
        ("SEQUENCES", .right),
        ("CACHE", .left),
        ("THREADS", .right),
        ("TOK/S", .right),
        ("MIN", .right),
        ("MAX", .right),
        ("OF BANDWIDTH", .right),
        ("OF PEAK", .right),
      ])
    for run in runs {
      for figure in run.figures {
        table.add([
          "\(figure.kind.rawValue) \(figure.length)", "\(figure.depth)", "\(figure.batchSize)",
          figure.cacheType, "\(run.threads)", Self.rate(figure.medianRate),
          Self.rate(figure.range.lowerBound), Self.rate(figure.range.upperBound),
          Self.percent(figure.bandwidthShare), Self.percent(figure.peakShare),
        ])
      }
    }
    let weights = String(format: "%.1f MB packed", Double(packedByteCount) / 1e6)
    return "\(model) (\(weights), \(instructionSet))\n" + table.lines.map { $0 + "\n" }.joined()
      + SpeculationMeasure.table(runs) + EngineMeasure.table(runs)
      + runs.map { Self.limits(of: $0) + "\n" }.joined()
  }

  /// The same as comma-separated values with a header.
  static func csv(_ reports: [BenchReport]) -> String {
    let head =
      "model,isa,test,length,depth,sequences,cache,threads,median_tok_s,min_tok_s,max_tok_s,"
      + "weight_gb_s,cache_gb_s,read_bandwidth_gb_s,gops,int8_peak_gops,float32_peak_gflops,"
      + "share_of_bandwidth,share_of_peak,plain_tok_s,drafted,accepted,acceptance"
    return ([head] + reports.flatMap(\.csvLines)).joined(separator: "\n") + "\n"
  }

  private var csvLines: [String] {
    let model = "\"\(model.replacing("\"", with: "\"\""))\""
    return runs.flatMap { run in
      let figures = run.figures.map { figure in
        let words = [
          model, instructionSet, figure.kind.rawValue, "\(figure.length)", "\(figure.depth)",
          "\(figure.batchSize)", figure.cacheType, "\(run.threads)",
        ]
        let numbers = [
          figure.medianRate, figure.range.lowerBound, figure.range.upperBound,
          figure.weightBytesPerSecond / 1e9, figure.cacheBytesPerSecond / 1e9,
          figure.limits.readBandwidth / 1e9, figure.operationsPerSecond / 1e9,
          figure.limits.int8Rate / 1e9, figure.limits.float32Rate / 1e9, figure.bandwidthShare,
          figure.peakShare,
        ]
        return words + numbers.map { String(format: "%.3f", $0) } + ["", "", "", ""]
      }
      let guesses = run.speculation.map { figure in
        let words = [
          model, instructionSet, "speculate \(figure.text)", "\(figure.length)", "0", "1", "",
          "\(run.threads)",
        ]
        let rates = [figure.medianRate, figure.rates.min() ?? 0, figure.rates.max() ?? 0]
        return words + rates.map { String(format: "%.3f", $0) }
          // Bytes, operations and shares are not measured here.
          + Array(repeating: "", count: 8) + [
            String(format: "%.3f", figure.medianPlainRate), "\(figure.draftedTokenCount)",
            "\(figure.acceptedTokenCount)", String(format: "%.3f", figure.acceptance),
          ]
      }
      let answers = run.engine.map { figure in
        [model, instructionSet] + EngineMeasure.csvFields(figure, threads: run.threads)
      }
      return (figures + guesses + answers).map { $0.joined(separator: ",") }
    }
  }

  /// The best of what a run's figures were held against.
  private static func limits(of run: Run) -> String {
    func best(_ limit: (MachineLimits) -> Double) -> Double {
      (run.figures.map { limit($0.limits) }.max() ?? 0) / 1e9
    }
    return String(
      format: "%d \(run.threads == 1 ? "thread" : "threads"): memory %.1f GB/s, int8 %.0f GOPS, "
        + "float32 %.0f GFLOPS",
      run.threads,
      best(\.readBandwidth),
      best(\.int8Rate),
      best(\.float32Rate)
    )
  }

  private static func rate(_ value: Double) -> String { String(format: "%.1f", value) }
  private static func percent(_ share: Double) -> String {
    String(format: "%.0f %%", share * 100)
  }
}
