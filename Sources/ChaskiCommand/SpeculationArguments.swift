// Owns: the options that say how tokens are guessed ahead, shared by `run`, `chat` and `bench`.

import ArgumentParser
import ChaskiGeneration
import ChaskiTensors

/// How tokens are guessed ahead.
struct SpeculationArguments: ParsableArguments {
  /// Where guesses come from without a draft model.
  enum Source: String, ExpressibleByArgument, CaseIterable {
    case ngram, off
  }

  @Option(
    help: """
      Guess tokens ahead from the text so far: ngram or off. The answer stays the same; where it repeats the \
      text it comes faster. (default: ngram for answers, off for bench)
      """
  )
  var speculate: Source?

  @Option(
    help: ArgumentHelp(
      "Guess tokens ahead with a smaller model of the same vocabulary.",
      valueName: "model"
    )
  )
  var draft: String?

  @Option(
    parsing: .unconditional,
    help: "The most tokens guessed for one step, 1 to \(Speculation.draftLengthLimit). (default: 8)"
  )
  var draftTokens: Int?

  /// Whether the user asked for guesses.
  var isOn: Bool { draft != nil || speculate == .ngram }

  func validate() throws {
    if let draftTokens, !(1...Speculation.draftLengthLimit).contains(draftTokens) {
      throw ValidationError(
        "--draft-tokens \(draftTokens): use a number from 1 to \(Speculation.draftLengthLimit)."
      )
    }
    if draft != nil, let speculate {
      throw ValidationError(
        "--draft and --speculate \(speculate.rawValue) exclude each other: give one."
      )
    }
    if draftTokens != nil, speculate == .off {
      throw ValidationError("--draft-tokens has no use with --speculate off.")
    }
  }

  /// The way of guessing, with the draft model loaded if there is one; from the text if nothing is said.
  func speculation(
    on backend: CPUBackend,
    weightCache: WeightCache?,
    isQuiet: Bool
  ) async throws -> Speculation {
    var speculation = Speculation.off
    if let draft {
      let opener = try ModelOpener(isQuiet: isQuiet)
      speculation = .draft(
        by: try await opener.load(draft, on: backend, weightCache: weightCache)
      )
    } else if speculate != .off {
      speculation = .text
    }
    if let draftTokens { speculation.maximumDraftLength = draftTokens }
    return speculation
  }
}
