// Owns: `chaski imatrix`: its arguments and what it shows.
// Does not own: what is collected (ImportanceCollector), running the text (InferenceEngine).

import ArgumentParser
import ChaskiGeneration
import ChaskiQuantization
import ChaskiTensors
import ChaskiTerminal
import ChaskiTokenizers
import Foundation

/// Measures which columns of a model's matrices matter.
struct ImatrixCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "imatrix",
    abstract:
      "Measure how much each column of a model's matrices matters, for `chaski quantize --imatrix`.",
    discussion: """
      The text runs through the model in pieces of --context tokens, and the squares of what every matrix meets \
      are added up. llama.cpp reads the file, and `chaski quantize` reads llama.cpp's.

      Example:
        chaski imatrix model-f16.gguf calibration.txt -o importance.gguf
        chaski quantize model-f16.gguf model-q3.gguf Q3_K_M --imatrix importance.gguf
      """
  )

  @Argument(
    help: "The model: a name, a GGUF file, a Hugging Face folder, or hf:OWNER/REPO[/FILE]."
  )
  var model: String

  @Argument(help: "The text; - is standard input.")
  var text: String

  @Option(name: [.short, .long], help: "The file to write.")
  var output: String

  @Option(
    name: [.customShort("c"), .customLong("context")],
    parsing: .unconditional,
    help: "Tokens of a piece."
  )
  var contextLength = 512

  @Option(parsing: .unconditional, help: "How many pieces to read (default: all).")
  var chunks: Int?

  @Flag(help: "Measure the output projection too.")
  var processOutput = false

  @OptionGroup var processor: ProcessorOptions

  @Flag(help: "Print the result as JSON.")
  var json = false

  func validate() throws {
    try ValidationError.check(chunks, from: 1, option: "chunks")
    try ValidationError.check(contextLength, from: Self.leastLength, option: "context")
  }

  /// Shorter pieces would say more of beginnings than of texts.
  private static let leastLength = 16

  private struct Result: Encodable {
    let path: String
    let tensors: Int
    let chunks: Int
    let tokens: Int
    let seconds: Double
  }

  func run() async throws {
    try UserFile.checkDestination(output)
    let bytes = try PromptInput(file: text).bytes()
    let backend = try processor.backend()
    let loaded = try await ModelOpener(isQuiet: json).load(model, on: backend, weightCache: nil)
    let start = ContinuousClock.now
    let monitor = InterruptMonitor(expectsWork: true)
    let work = Task { try await collect(from: loaded, over: bytes) }
    let matrix = try await monitor.result(
      of: work,
      ifStopped: "Stopped: \(output) was not written."
    )
    try matrix.write(to: output)
    let result = Result(
      path: output,
      tensors: matrix.entries.count,
      chunks: matrix.chunkCount,
      tokens: matrix.chunkCount * matrix.chunkSize,
      seconds: (ContinuousClock.now - start) / .seconds(1)
    )
    if json { return try Console.json(result) }
    Console.line(
      String(
        format: "%d tensors over %d tokens in %.1f s: ",
        result.tensors,
        result.tokens,
        result.seconds
      ) + output
    )
  }

  /// Runs the text through the model, piece by piece.
  private func collect(
    from model: LanguageModel,
    over bytes: [UInt8]
  ) async throws -> ImportanceMatrix {
    let tokenizer = try model.requireTokenizer()
    let tokens = tokenizer.encode(utf8: bytes, addSpecialTokens: true, parseSpecialTokens: false)
    let length = min(contextLength, tokens.count)
    guard length >= Self.leastLength else {
      throw CommandProblem.shortText(tokenCount: tokens.count, least: Self.leastLength)
    }
    let count = min(tokens.count / length, chunks ?? .max)
    var options = EngineOptions()
    options.contextLength = length
    let engine = try InferenceEngine(model: model, options: options)
    let collector = ImportanceCollector(
      model.placements,
      of: model.checkpoint,
      where: { $0.hasPrefix("blk.") || (processOutput && $0 == "output.weight") }
    )
    model.backend.linearObserver = collector
    defer { model.backend.linearObserver = nil }
    for chunk in 0..<count {
      var piece = Array(tokens[chunk * length..<(chunk + 1) * length])
      if tokenizer.addsBOS, let bos = tokenizer.special.bos { piece[0] = bos }
      // Without --process-output nobody asks for logits but the last ones.
      try await engine.forEachLogits(of: piece, from: processOutput ? 0 : length - 1) {
        @Sendable _, _ in
      }
      showProgress(chunk + 1, of: count)
    }
    var matrix = ImportanceMatrix()
    matrix.entries = collector.collected()
    matrix.datasets = [text]
    matrix.chunkCount = count
    matrix.chunkSize = length
    return matrix
  }

  private func showProgress(_ done: Int, of count: Int) {
    guard !json else { return }
    let isTerminal = TerminalDevice.capabilities().errorIsTerminal
    guard isTerminal || done == count || done % 16 == 0 else { return }
    let line = "piece \(done) of \(count)"
    Console.status(isTerminal ? "\r\(line)\u{1B}[K" + (done == count ? "\n" : "") : line + "\n")
  }
}
