// Owns: the texts that `chaski bench` guesses on, and how its figures are shown.

import Chaski
import ChaskiChat
import ChaskiEvaluation
import ChaskiGeneration
import ChaskiSampling
import ChaskiTensors
import ChaskiTerminal
import Foundation

/// Measures guessing ahead, and shows the figures.
struct SpeculationMeasure {
  /// A request that the answer repeats, and one that it does not.
  private static let texts = [
    (
      "copy",
      """
      Repeat this text exactly, word for word, and nothing else:

      The chaskis were the messengers of the Inca empire. Trained from an early age, they ran along the \
      royal roads in relays, carrying quipus, small parcels and spoken messages between the tambos. A \
      message could travel about two hundred and forty kilometres in a single day, from the coast to the \
      mountains, and fresh fish reached the ruler's table in Cusco within two days of being caught.
      """
    ), ("answer", "Tell me about the history of bread, in detail."),
  ]

  let arguments: SpeculationArguments
  let length: Int
  let repetitions: Int

  /// The figures of `model` on every text.
  func figures(_ model: LanguageModel, isQuiet: Bool) async throws -> [SpeculationFigure] {
    guard arguments.isOn else { return [] }
    let plain = try InferenceEngine(model: model)
    let guessing = try InferenceEngine(
      model: model,
      speculation: try await arguments.speculation(
        on: model.backend,
        weightCache: nil,
        isQuiet: isQuiet
      )
    )
    let renderer = try PromptRenderer(model: model)
    var figures: [SpeculationFigure] = []
    for (name, text) in Self.texts {
      var request = GenerationRequest(
        prompt: try renderer.prompt(for: [ChatMessage(.user, text)]).tokens,
        sampling: .greedy
      )
      request.maximumTokens = length
      figures.append(
        try await SpeculationBenchmark.measure(
          name,
          request,
          repetitions: repetitions,
          plain: plain,
          guessing: guessing
        )
      )
    }
    return figures
  }

  /// A table for people; empty if nothing was measured.
  static func table(_ runs: [BenchReport.Run]) -> String {
    guard runs.contains(where: { !$0.speculation.isEmpty }) else { return "" }
    var table = TableFormatter(
      columns: [
        ("GUESSING AHEAD", .left),
        ("THREADS", .right),
        ("TOKENS", .right),
        ("TOK/S", .right),
        ("WITHOUT", .right),
        ("RATIO", .right),
        ("GUESSED", .right),
        ("RIGHT", .right),
      ])
    for run in runs {
      for figure in run.speculation {
        table.add([
          figure.text, "\(run.threads)", "\(figure.length)",
          String(format: "%.1f", figure.medianRate),
          String(format: "%.1f", figure.medianPlainRate),
          String(format: "%.2f", figure.medianRate / max(figure.medianPlainRate, 1e-9)),
          "\(figure.draftedTokenCount)", String(format: "%.0f %%", figure.acceptance * 100),
        ])
      }
    }
    return table.lines.map { $0 + "\n" }.joined()
  }
}
