// Owns: the options of quality receipts, and the measurement that fills one in.
// Does not own: the receipt's keys (QualityReceipt), the divergence (ChaskiEvaluation).

import ArgumentParser
import ChaskiCheckpoints
import ChaskiEvaluation
import ChaskiGeneration
import ChaskiQuantization
import ChaskiTensors
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
  /// What goes wrong here costs the receipt and not the file: it is said, and nil comes back.
  func fill(
    _ draft: QualityReceipt,
    _ text: [UInt8],
    in path: String,
    madeFrom parent: String,
    on backend: CPUBackend
  ) async -> QualityReceipt? {
    do {
      let reference = try await LanguageModel.load(path: parent, on: backend)
      let model = try await LanguageModel.load(path: path, on: backend)
      var options = DivergenceOptions()
      options.windowLength = draft.window
      let found = try await Divergence.measure(
        text,
        of: model,
        against: reference,
        options: options
      )
      var receipt = draft
      receipt.tokens = found.tokens
      receipt.perplexity = found.perplexity
      receipt.parentPerplexity = found.referencePerplexity
      receipt.divergence = found.mean
      receipt.agreement = found.agreement
      try receipt.fill(in: path)
      return receipt
    } catch {
      Console.note("No quality receipt: \(error)")
      return nil
    }
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
