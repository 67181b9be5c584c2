// Owns: `chaski quantize`: its arguments, and the order of its work.
// Does not own: what it shows (QuantizeReport), the choice of types and the work (ChaskiQuantization).

import ArgumentParser
import ChaskiCheckpoints
import ChaskiConversion
import ChaskiQuantization
import ChaskiTensors
import ChaskiTerminal
import Foundation

/// Writes a model with smaller types.
struct QuantizeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "quantize",
    abstract: "Write a model as GGUF with smaller types.",
    discussion: """
      A mix gives every tensor the type that llama.cpp's mix of that name gives it; --bits-per-weight chooses \
      types by the errors they leave.

      Examples:
        chaski quantize model-f16.gguf model-q4.gguf Q4_K_M
        chaski quantize FOLDER model-q4.gguf Q4_K_M --imatrix importance.gguf
        chaski quantize model-f16.gguf small.gguf --bits-per-weight 4.5
        chaski quantize model-f16.gguf model.gguf Q4_K_M --tensor-type ffn_down=Q5_K --dry-run

      Mixes: \(QuantizationMix.allCases.map(\.rawValue).joined(separator: ", ")).
      """
  )

  @Argument(
    help: "The model: a name, a GGUF file, a Hugging Face folder, or hf:OWNER/REPO[/FILE]."
  )
  var model: String

  @Argument(help: "The file to write.")
  var output: String

  @Argument(help: "The mix, such as Q4_K_M.")
  var mix: String?

  @OptionGroup var choice: QuantizeArguments

  @OptionGroup var receipt: ReceiptArguments

  @Flag(help: "Only print the plan and the size.")
  var dryRun = false

  @OptionGroup var processor: ProcessorOptions

  @Flag(help: "Print JSON.")
  var json = false

  func validate() throws {
    try choice.check(mix: mix)
  }

  func run() async throws {
    if !dryRun { try UserFile.checkDestination(output) }
    let path = try await ModelOpener(isQuiet: json).path(model)
    let source = try openCheckpoint(path)
    let target = URL(filePath: output)
    guard target.standardizedFileURL != URL(filePath: path).standardizedFileURL else {
      throw QuantizationError.sameFile(path: output)
    }
    let importance = try choice.imatrix.map { try ImportanceMatrix(path: $0) }
    let backend = try processor.backend()
    let report = QuantizeReport(isQuiet: json)
    let text = try receipt.text()
    let draft = dryRun ? nil : receipt.draft(for: source, text)
    let monitor = InterruptMonitor(expectsWork: true)
    let work = Task {
      var result = try await QuantizationQueue().perform {
        try Self.quantize(
          source,
          to: dryRun ? nil : target.path,
          choice: choice,
          mix: mix,
          importance: importance,
          receipt: draft,
          on: backend,
          report: report
        )
      }
      if let draft {
        result.receipt = await receipt.fill(
          draft,
          text,
          in: target.path,
          madeFrom: path,
          on: backend,
          isQuiet: json
        )
      }
      return result
    }
    let result = try await monitor.result(
      of: work,
      ifStopped: dryRun ? "Stopped." : "Stopped: \(output) was not written."
    )
    try report.show(result, asJSON: json)
    // Stopped while the receipt was measured: the file is whole.
    if work.isCancelled { throw ExitCode(InterruptMonitor.exitStatus) }
  }

  /// Plans and, given a path, writes.
  private static func quantize(
    _ source: any Checkpoint,
    to path: String?,
    choice: QuantizeArguments,
    mix: String?,
    importance: ImportanceMatrix?,
    receipt: QualityReceipt?,
    on backend: CPUBackend,
    report: QuantizeReport
  ) throws -> QuantizeResult {
    let start = ContinuousClock.now
    let (plans, fileType) = try choice.plans(
      for: source,
      mix: mix,
      importance: importance,
      on: backend
    ) { report.showTrial($0, of: $1) }
    report.warn(about: plans)
    var outcomes: [Quantizer.Outcome] = []
    if let path {
      var quantizer = Quantizer(source: source, plans: plans, fileType: fileType)
      quantizer.importance = importance
      quantizer.isMeasured = true
      quantizer.extraKeys = try TokenizerKeys.keys(of: source) + (receipt?.keys ?? [])
      outcomes = try quantizer.write(to: path, on: backend) { report.show($0, of: source) }
      report.finish()
    }
    return QuantizeResult(
      path: path,
      plans: plans,
      outcomes: outcomes,
      seconds: (ContinuousClock.now - start) / .seconds(1)
    )
  }
}
