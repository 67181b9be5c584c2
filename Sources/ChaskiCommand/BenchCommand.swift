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
      just before and after: bytes of weights and cache read a second against memory bandwidth (what bounds \
      decode), and operations with weights a second against the peak of their units (what bounds prefill).

      Numbers are lists with commas; each combination is a line. With --depth the cache holds that many \
      tokens before the measurement begins. Several models come one after the other.

      With --kernels no model is loaded: it measures single operations, for 512 tokens and for one, and \
      their share of the peak of their unit and of memory bandwidth.

      Prepared weights are used if `run` or `chat` has kept them; nothing is written.

      Examples:
        chaski bench smollm2 -p 512 -n 128 -t 2
        chaski bench smollm2 -p 128,512 -n 128 --sequences 1,8 -t 1,2 --csv
        chaski bench model.gguf -p 0 -n 64 --depth 0,4096,16384 --cache-type f16,q8_0
        chaski bench --kernels --type q4_0,q8_0
        chaski bench smollm2 --speculate ngram       what guessing ahead gains, on two texts
        chaski bench smollm2 --engine -b 1,8,16      many answers at once, as a server gives them
      """
  )

  @Argument(help: "The models: names, GGUF files, or hf:OWNER/REPO[/FILE].")
  var models: [String] = []

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
    name: [.customShort("d"), .long],
    parsing: .unconditional,
    help: "Tokens in the cache before each measurement."
  )
  var depth = "0"

  @Option(
    name: [.customShort("t"), .long],
    parsing: .unconditional,
    help: "Numbers of threads (default: all processors; with --kernels also one)."
  )
  var threads: String?

  @Option(
    name: [.customShort("b"), .long],
    parsing: .unconditional,
    help: "Numbers of sequences that decode together."
  )
  var sequences = "1"

  @Option(
    name: [.customShort("r"), .long],
    parsing: .unconditional,
    help: "Repetitions, after one that warms up."
  )
  var repetitions = 5

  @Option(parsing: .unconditional, help: "Tokens of a prompt that one step takes.")
  var chunk = EngineOptions().prefillChunkLength

  @Option(help: "How the key/value cache is stored: f16, q8_0 or f32, separated by commas.")
  var cacheType = "f16"

  @OptionGroup(title: "Guessing ahead") var speculation: SpeculationArguments

  @Flag(help: "Also measure so many answers at once as --sequences says, against the steps alone.")
  var engine = false

  @OptionGroup var weights: WeightCacheArguments

  @Flag(help: "Measure single operations instead of models.")
  var kernels = false

  @Option(help: "With --kernels: the types of weights (default: all), separated by commas.")
  var type: String?

  @Flag(help: "Print JSON, one object a model on a line each.")
  var json = false

  @Flag(help: "Print CSV.")
  var csv = false

  func validate() throws {
    guard !(json && csv) else { throw ValidationError("Give either --json or --csv.") }
    try ValidationError.check(repetitions, from: 1, option: "repetitions")
    for count in try threadCounts() ?? [] { try ProcessorOptions.check(threads: count) }
    if kernels {
      guard models.isEmpty else { throw ValidationError("--kernels takes no model.") }
      _ = try kernelTypes()
      return
    }
    guard type == nil else { throw ValidationError("--type goes with --kernels.") }
    guard !models.isEmpty else { throw ValidationError("Give a model, or --kernels.") }
    let plan = try plan()
    guard !(plan.promptLengths.isEmpty && plan.decodeLengths.isEmpty) else {
      throw ValidationError("Nothing to measure: give --prompt-lengths or --decode-lengths.")
    }
    guard plan.batchSizes.allSatisfy({ $0 > 0 }) else {
      throw ValidationError("--sequences \(sequences): use 1 or more.")
    }
    try ValidationError.check(chunk, from: 1, option: "chunk")
  }

  func run() async throws {
    if kernels { return try measureKernels() }
    let plan = try plan()
    var reports: [BenchReport] = []
    for model in models {
      let report = try await measure(model, plan)
      if json { try Console.json(report) } else { reports.append(report) }
    }
    if csv {
      Console.write(BenchReport.csv(reports))
    } else if !json {
      Console.write(reports.map(\.table).joined(separator: "\n"))
    }
  }

  private func measure(_ model: String, _ plan: BenchmarkPlan) async throws -> BenchReport {
    let path = try await ModelOpener(isQuiet: json || csv).path(model)
    var report = BenchReport(model: URL(filePath: path).lastPathComponent)
    for count in try threadCounts() ?? [WorkerPool.processorCount] {
      let backend = try ProcessorOptions.backend(threads: count)
      let start = ContinuousClock.now
      let loaded = try await LanguageModel.load(
        path: path,
        on: backend,
        withTokenizer: speculation.isOn,
        weightCache: weights.cache()
      )
      let loadSeconds = (ContinuousClock.now - start) / .seconds(1)
      report.instructionSet = backend.instructionSet.rawValue
      report.packedByteCount = loaded.packedByteCount
      let engine = try InferenceEngine(model: loaded)
      let figures = FigureList()
      try await Benchmark(plan).run(with: engine) { figure in
        figures.append(figure)
        if !json, !csv { Console.note(Self.progress(figure, threads: count)) }
      }
      report.runs.append(
        BenchReport.Run(
          threads: count,
          loadSeconds: loadSeconds,
          figures: figures.all,
          speculation: try await speculationMeasure(plan).figures(loaded, isQuiet: json || csv),
          engine: try await engineFigures(plan, loaded)
        )
      )
    }
    return report
  }

  private static func progress(_ figure: BenchmarkFigure, threads: Int) -> String {
    let depth = figure.depth > 0 ? " after \(figure.depth)" : ""
    return "\(figure.kind.rawValue) \(figure.length) x\(figure.batchSize)\(depth), "
      + "\(threads) \(threads == 1 ? "thread" : "threads"): "
      + String(format: "%.1f tok/s", figure.medianRate)
  }

  private func engineFigures(
    _ plan: BenchmarkPlan,
    _ model: LanguageModel
  ) async throws -> [EngineFigure] {
    guard engine else { return [] }
    var options = BatchOptions()
    options.maximumBatch = plan.batchSizes.max() ?? 1
    options.cacheType = plan.cacheTypes.first ?? .f16
    let benchmark = EngineBenchmark(
      try BatchEngine(model: model, options: options),
      length: plan.decodeLengths.max() ?? 128,
      repetitions: repetitions
    )
    var figures: [EngineFigure] = []
    for streams in plan.batchSizes { figures.append(try await benchmark.measure(streams: streams)) }
    return figures
  }

  private func speculationMeasure(_ plan: BenchmarkPlan) -> SpeculationMeasure {
    SpeculationMeasure(
      arguments: speculation,
      length: plan.decodeLengths.max() ?? 128,
      repetitions: repetitions
    )
  }

  /// The numbers of threads, if given.
  func threadCounts() throws -> [Int]? {
    try threads.map { try Self.numbers($0, option: "threads") }
  }

  private func plan() throws -> BenchmarkPlan {
    BenchmarkPlan(
      promptLengths: try Self.numbers(promptLengths, option: "prompt-lengths").filter { $0 != 0 },
      decodeLengths: try Self.numbers(decodeLengths, option: "decode-lengths").filter { $0 != 0 },
      depths: try Self.numbers(depth, option: "depth"),
      batchSizes: try Self.numbers(sequences, option: "sequences"),
      repetitions: repetitions,
      chunkLength: chunk,
      cacheTypes: try cacheType.split(separator: ",", omittingEmptySubsequences: false)
        .map { try ContextOptions.cacheType(String($0)) }
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
