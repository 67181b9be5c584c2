// Owns: the options of quality receipts, and the measurement that fills one in.
// Does not own: the receipt's keys (QualityReceipt), the divergence (ChaskiEvaluation).

import ArgumentParser
import ChaskiCheckpoints
import ChaskiEvaluation
import ChaskiGeneration
import ChaskiQuantization
import ChaskiTensors
import ChaskiTerminal
import Foundation

/// Whether and on what text the result is compared with its parent.
struct ReceiptArguments: ParsableArguments {
  @Flag(
    name: .customLong("no-receipt"),
    help: "Do not compare the result with its parent (perplexity, divergence, agreement)."
  )
  var isOff = false

  @Option(
    name: .customLong("receipt-text"),
    help: "The text to compare them on (default: a short one of our own)."
  )
  var file: String?

  /// The text's bytes.
  func text() throws -> [UInt8] {
    if isOff { return [] }
    return try file.map { try UserFile.contents(of: $0) } ?? Array(ReceiptText.text.utf8)
  }

  /// A receipt without figures, for a model that can be run; nil, with a note, for any other.
  func draft(for source: any Checkpoint, _ text: [UInt8]) -> QualityReceipt? {
    guard !isOff else { return nil }
    guard LanguageModel.runs(architecture: source.architecture) else {
      Console.note(
        "No quality receipt: models of architecture \(source.architecture) do not run here."
      )
      return nil
    }
    return QualityReceipt(
      parent: URL(filePath: source.path).lastPathComponent,
      text: file.map { URL(filePath: $0).lastPathComponent } ?? ReceiptText.name,
      // The text of our own is short.
      window: file == nil ? 256 : 512
    )
  }

  /// Measures the file at `path` against the model it was made from, and writes the figures into it.
  ///
  /// What goes wrong here costs the receipt and not the file: it is said, and nil comes back. On a terminal it
  /// says how far it is, unless `isQuiet`.
  func fill(
    _ draft: QualityReceipt,
    _ text: [UInt8],
    in path: String,
    madeFrom parent: String,
    on backend: CPUBackend,
    isQuiet: Bool
  ) async -> QualityReceipt? {
    let isShown = !isQuiet && TerminalDevice.capabilities().errorIsTerminal
    let show: @Sendable (String) -> Void = { if isShown { Console.status("\r\($0)\u{1B}[K") } }
    show("comparing with the parent")
    do {
      let receipt = try await measured(draft, text, of: path, madeFrom: parent, on: backend) {
        show("comparing with the parent: \($0 + 1) of \($1)")
      }
      show("")
      try receipt.fill(in: path)
      return receipt
    } catch is CancellationError {
      Console.stopped("Stopped: the file is whole, but it has no quality receipt.")
      return nil
    } catch {
      show("")
      Console.note("No quality receipt: \(error)")
      return nil
    }
  }

  /// `draft` with the figures of the model at `path`; `report` is told of each window and how many there are.
  private func measured(
    _ draft: QualityReceipt,
    _ text: [UInt8],
    of path: String,
    madeFrom parent: String,
    on backend: CPUBackend,
    report: @escaping @Sendable (_ window: Int, _ count: Int) -> Void
  ) async throws -> QualityReceipt {
    let reference = try await LanguageModel.load(path: parent, on: backend)
    let model = try await LanguageModel.load(path: path, on: backend)
    var options = DivergenceOptions()
    options.windowLength = draft.window
    let found = try await Divergence.measure(
      text,
      of: model,
      against: reference,
      options: options
    ) { window, count, _ in report(window, count) }
    var receipt = draft
    receipt.tokens = found.tokens
    receipt.perplexity = found.perplexity
    receipt.parentPerplexity = found.referencePerplexity
    receipt.divergence = found.mean
    receipt.agreement = found.agreement
    return receipt
  }
}

extension QualityReceipt {
  /// The receipt in a line.
  var line: String {
    String(
      format: "perplexity %.4f (parent %.4f), divergence %.5f nats, same first choice %.1f %%",
      perplexity,
      parentPerplexity,
      divergence,
      agreement * 100
    ) + ", \(tokens) tokens of \(text), made from \(parent)"
  }
}
