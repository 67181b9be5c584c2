// Owns: `chaski eval kl`.

import ArgumentParser
import ChaskiEvaluation
import ChaskiGeneration
import ChaskiTerminal
import Foundation

/// Compares what two models expect of a text.
struct EvalDivergenceCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "kl",
    abstract: "Measure how far a model's expectations are from another's.",
    discussion: """
      The Kullback-Leibler divergence from the reference in nats, the share of tokens with the same most \
      probable token, and both perplexities, over the second half of each window. The reference is another \
      model (--against), or a file that it has left (--save-reference, then --reference). Files are those of \
      llama.cpp's llama-perplexity --kl-divergence-base, and take 2 bytes for each token of the vocabulary and \
      each scored token of the text.

      Examples:
        chaski eval kl small.gguf --against large.gguf --file wiki.test.raw --chunks 20
        chaski eval kl large.gguf --file wiki.test.raw --chunks 20 --save-reference large.logits
        chaski eval kl small.gguf --reference large.logits --json
      """
  )

  @OptionGroup var options: ModelOptions

  @Option(name: [.customShort("f"), .long], help: "The text.")
  var file: String?

  @Option(parsing: .unconditional, help: "How many windows to read (default: all).")
  var chunks: Int?

  @Option(help: "The model to compare with.")
  var against: String?

  @Option(help: "A file that the model to compare with has left.")
  var reference: String?

  @Option(help: "Leave the model's own expectations in this file; compare nothing.")
  var saveReference: String?

  @Flag(help: "Print the result as JSON.")
  var json = false

  func validate() throws {
    guard [against, reference, saveReference].compactMap(\.self).count == 1 else {
      throw ValidationError("Give one of --against, --reference and --save-reference.")
    }
    guard (file == nil) == (reference != nil) else {
      throw ValidationError("Give --file, or --reference, which has its own text.")
    }
    guard reference == nil || options.context.contextLength == nil else {
      throw ValidationError("--reference has its own windows: leave --context out.")
    }
    try ValidationError.check(chunks, from: 1, option: "chunks")
    try ValidationError.check(options.context.contextLength, from: 4, option: "context")
  }

  func run() async throws {
    let text = try file.map { try PromptInput(file: $0).bytes() } ?? []
    if let saveReference { try UserFile.checkReplaceable(saveReference) }
    let stored = try reference.map { try LogitReference(path: $0) }
    let opener = try ModelOpener(isQuiet: json)
    let (backend, cache) = (try options.processor.backend(), try options.weights.cache())
    let model = try await opener.load(options.model, on: backend, weightCache: cache)
    let monitor = InterruptMonitor(expectsWork: true)
    let work: Task<Void, any Error>
    if let saveReference {
      work = Task { try await save(text, model, to: saveReference) }
    } else {
      var other: LanguageModel?
      if let against {
        other = try await opener.load(against, on: backend, weightCache: cache)
      }
      work = Task { [other] in try await compare(text, model, other, stored) }
    }
    try await monitor.result(of: work, ifStopped: "Stopped.")
    await model.finishSaving(monitor: monitor, isQuiet: json)
  }

  private func save(_ text: [UInt8], _ model: LanguageModel, to path: String) async throws {
    let reporter = WindowReporter(isQuiet: json)
    let perplexity = try await LogitReferenceWriter.write(
      text,
      of: model,
      to: path,
      options: divergenceOptions()
    ) { window, count in reporter.show(window, of: count) }
    reporter.finish()
    if json {
      try Console.json(["perplexity": perplexity])
    } else {
      Console.line(String(format: "perplexity %.4f", perplexity))
    }
  }

  private func compare(
    _ text: [UInt8],
    _ model: LanguageModel,
    _ other: LanguageModel?,
    _ stored: LogitReference?
  ) async throws {
    let reporter = WindowReporter(isQuiet: json)
    let report: Divergence.Report = { window, count, soFar in
      reporter.show(window, of: count, divergence: soFar.mean)
    }
    let options = try divergenceOptions()
    let found: Divergence
    if let stored {
      found = try await .measure(of: model, against: stored, options: options, report: report)
    } else if let other {
      found = try await .measure(text, of: model, against: other, options: options, report: report)
    } else {
      return
    }
    reporter.finish()
    if json { try Console.json(found) } else { Console.write(Self.table(found)) }
  }

  private func divergenceOptions() throws -> DivergenceOptions {
    var result = DivergenceOptions()
    result.windowLength = options.context.contextLength ?? result.windowLength
    result.windowLimit = chunks
    result.cacheType = try options.context.storedAs()
    result.stepLength = options.chunk
    return result
  }

  private static func table(_ found: Divergence) -> String {
    func number(_ value: Double) -> String { String(format: "%.6f", value) }
    var table = TableFormatter(columns: [
      ("\(found.tokens) tokens", .left), ("value", .right), ("standard error", .right),
    ])
    table.add(["perplexity", number(found.perplexity), number(found.perplexityError)])
    table.add([
      "perplexity of the reference", number(found.referencePerplexity),
      number(found.referencePerplexityError),
    ])
    table.add(["mean divergence (nats)", number(found.mean), number(found.meanError)])
    table.add(["median divergence", number(found.median)])
    table.add(["99th percentile", number(found.percentile99)])
    table.add(["largest divergence", number(found.maximum)])
    table.add(["same most probable token", number(found.agreement), number(found.agreementError)])
    return table.lines.map { $0 + "\n" }.joined()
  }
}
