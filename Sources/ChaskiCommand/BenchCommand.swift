// Owns: `chaski bench`.

import ArgumentParser
import ChaskiEvaluation
import ChaskiGeneration
import ChaskiTensors
import ChaskiTerminal
import Foundation

/// Measures how fast a model runs, and how near that is to the machine's limits.
struct BenchCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench",
    abstract: "Measure how fast a model reads prompts and generates.",
    discussion: """
      The median of the repetitions, their range, and two shares of what the machine measures of itself \
      in the same run: weights read a second against memory bandwidth (what bounds decode), and operations \
      a second against the peak of the int8 unit (what bounds prefill). Prepared weights are used if `run` \
      or `chat` has kept them; nothing is written.

      Examples:
        chaski bench smollm2 -p 512 -n 128 -t 2
        chaski bench smollm2 -p 128,512 -n 128 -b 1,8 -t 1,2 --csv
        chaski bench smollm2 --speculate ngram       what guessing ahead gains, on two texts
      """
  )

  @Argument(help: "The model: a name, a GGUF file, or hf:OWNER/REPO[/FILE].")
  var model: String

  @Option(
    name: [.customShort("p"), .long],
    parsing: .unconditional,
    help: "Prompt lengths in tokens, separated by commas; 0 is none."
  )
  var promptLengths = "512"

  @Option(
    name: [.customShort("n"), .long],
    parsing: .unconditional,
    help: "Lengths to generate in tokens; 0 is none."
  )
  var decodeLengths = "128"

  @Option(
    name: [.customShort("t"), .long],
    parsing: .unconditional,
    help: "Numbers of threads (default: all processors)."
  )
  var threads: String?

  @Option(
    name: [.customShort("b"), .long],
    parsing: .unconditional,
    help: "Numbers of sequences that decode together."
  )
  var batch = "1"

  @Option(
    name: [.customShort("r"), .long],
    parsing: .unconditional,
    help: "Repetitions, after one that warms up."
  )
  var repetitions = 5

  @Option(parsing: .unconditional, help: "Tokens of a prompt that one step takes.")
  var chunk = 264

  @Option(help: "How the key/value cache is stored: f16 or q8_0.")
  var cacheType = "f16"

  @OptionGroup(title: "Guessing ahead") var speculation: SpeculationArguments

  @OptionGroup var weights: WeightCacheArguments

  @Flag(help: "Print JSON, one object.")
  var json = false

  @Flag(help: "Print CSV.")
  var csv = false

  func validate() throws {
    let plan = try plan()
    guard !(plan.promptLengths.isEmpty && plan.decodeLengths.isEmpty) else {
      throw ValidationError("Nothing to measure: give --prompt-lengths or --decode-lengths.")
    }
    guard plan.batchSizes.allSatisfy({ $0 > 0 }) else {
      throw ValidationError("--batch \(batch): use 1 or more.")
    }
    try ModelOptions.check(repetitions, from: 1, option: "repetitions")
    try ModelOptions.check(chunk, from: 1, option: "chunk")
    for count in try threadCounts() { try ModelOptions.check(threads: count) }
    guard !(csv && speculation.isOn) else {
      throw ValidationError("--csv has no columns for guesses: use the table or --json.")
    }
    guard !(json && csv) else { throw ValidationError("Give either --json or --csv.") }
  }

  func run() async throws {
    let plan = try plan()
    let counts = try threadCounts()
    let path = try await ModelOpener(isQuiet: json || csv).path(model)
    var report = BenchReport(model: URL(filePath: path).lastPathComponent)
    for count in counts {
      let backend = try ModelOptions.backend(threads: count)
      let loaded = try await LanguageModel.load(
        path: path,
        on: backend,
        withTokenizer: speculation.isOn,
        weightCache: weights.cache()
      )
      report.instructionSet = backend.instructionSet.rawValue
      report.packedByteCount = loaded.packedByteCount
      let engine = try InferenceEngine(model: loaded)
      let limits = await MachineLimits(measuredWith: engine)
      let figures = FigureList()
      try await Benchmark(plan).run(with: engine) { figure in
        figures.append(figure)
        if !json, !csv { Console.note(Self.progress(figure, threads: count)) }
      }
      report.runs.append(
        BenchReport.Run(
          threads: count,
          limits: limits,
          figures: figures.all,
          speculation: try await speculationMeasure(plan).figures(loaded, isQuiet: json || csv)
        )
      )
    }
    if json {
      try Console.json(report)
    } else {
      Console.write(csv ? report.csv : report.table)
    }
  }

  private static func progress(_ figure: BenchmarkFigure, threads: Int) -> String {
    "\(figure.kind.rawValue) \(figure.length) x\(figure.batchSize), \(threads) \(threads == 1 ? "thread" : "threads"): "
      + String(format: "%.1f tok/s", figure.medianRate)
  }

  private func speculationMeasure(_ plan: BenchmarkPlan) -> SpeculationMeasure {
    SpeculationMeasure(
      arguments: speculation,
      length: plan.decodeLengths.max() ?? 128,
      repetitions: repetitions
    )
  }

  private func threadCounts() throws -> [Int] {
    try threads.map { try Self.numbers($0, option: "threads") } ?? [WorkerPool.processorCount]
  }

  private func plan() throws -> BenchmarkPlan {
    BenchmarkPlan(
      promptLengths: try Self.numbers(promptLengths, option: "prompt-lengths").filter { $0 != 0 },
      decodeLengths: try Self.numbers(decodeLengths, option: "decode-lengths").filter { $0 != 0 },
      batchSizes: try Self.numbers(batch, option: "batch"),
      repetitions: repetitions,
      chunkLength: chunk,
      cacheType: try ModelOptions.cacheType(cacheType)
    )
  }

  private static func numbers(_ text: String, option: String) throws -> [Int] {
    try text.split(separator: ",", omittingEmptySubsequences: false).map { part in
      guard let number = Int(part), number >= 0 else {
        throw ValidationError("--\(option) \(text): write numbers separated by commas.")
      }
      return number
    }
  }
}
