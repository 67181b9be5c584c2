// Owns: printing an answer while it is made.

import Chaski
import ChaskiGeneration
import ChaskiTerminal
import Foundation
import Synchronization

/// Prints an answer: wrapped and safe on a terminal, unaltered elsewhere, or as JSON events.
final class AnswerPrinter: Sendable {
  private struct State {
    var wrapper: TextWrapper
    var isReasoning = false
    var hasText = false
  }

  private let state: Mutex<State>
  private let json: Bool
  private let capabilities: TerminalCapabilities

  /// A printer of text, or of JSON events.
  init(json: Bool) {
    let capabilities = TerminalDevice.capabilities()
    self.json = json
    self.capabilities = capabilities
    state = Mutex(
      State(wrapper: TextWrapper(width: capabilities.outputIsTerminal ? capabilities.width : nil))
    )
  }

  /// Shows an event of a conversation.
  func show(_ event: AnswerEvent) {
    switch event {
    case .prompt(let done, let total): prompt(done, total)
    case .token(let id, let probability):
      emit(AnswerJSON(event: "token", id: id, probability: probability))
    case .reasoning(let text): show(text, isReasoning: true)
    case .answer(let text): show(text, isReasoning: false)
    }
  }

  /// Shows an event of a raw continuation.
  func show(_ event: GenerationEvent) {
    switch event {
    case .prompt(let done, let total): prompt(done, total)
    case .token(let id, let text, let probability, _):
      emit(AnswerJSON(event: "token", id: id, probability: probability))
      show(text, isReasoning: false)
    case .text(let text): show(text, isReasoning: false)
    case .begun, .promptLogprobs, .embedding, .finished: break
    }
  }

  /// Ends the answer.
  // Not inlined: swiftc 6.3.1 on Linux, inlining a Mutex into an async function, keeps the address of the
  // thread's own number across an await, and unlocking on the next thread traps.
  @inline(never)
  func finish(_ result: GenerationResult) throws {
    if json { return try Console.json(FinishJSON(result)) }
    let (rest, needsReset) = state.withLock { state in
      defer { state.isReasoning = false }
      return (state.wrapper.finish(), state.isReasoning && capabilities.usesColor)
    }
    // A shell's prompt begins on its own line; a file ends with a newline.
    Console.write(rest + (needsReset ? Style.end : "") + "\n")
  }

  private func prompt(_ done: Int, _ total: Int) {
    emit(AnswerJSON(event: "prompt", done: done, total: total))
  }

  private func emit(_ event: AnswerJSON) {
    if json { try? Console.json(event) }
  }

  @inline(never)
  private func show(_ text: String, isReasoning: Bool) {
    guard !text.isEmpty else { return }
    if json {
      return emit(AnswerJSON(event: isReasoning ? "reasoning" : "text", text: text))
    }
    let safe = capabilities.outputIsTerminal ? TerminalSanitizer.visible(text) : text
    let output = state.withLock { state -> String in
      var output = ""
      if state.isReasoning != isReasoning {
        output += state.wrapper.finish() + (state.hasText ? "\n\n" : "")
        if capabilities.usesColor { output += isReasoning ? Style.dim.start : Style.end }
        state.isReasoning = isReasoning
      }
      state.hasText = true
      return output + state.wrapper.add(safe)
    }
    Console.write(output)
  }
}

/// One event, for `--json`.
struct AnswerJSON: Encodable {
  let event: String
  var id: Int32?
  var text: String?
  var probability: Double?
  var done: Int?
  var total: Int?
}

/// The end of an answer, for `--json`.
struct FinishJSON: Encodable {
  let event = "finish"
  let reason: FinishReason
  let text: String
  let tokens: [Int32]
  let seed: UInt64
  let promptTokens: Int
  let cachedTokens: Int
  let generatedTokens: Int
  let draftedTokens: Int
  let acceptedTokens: Int
  /// Left out if nothing was guessed.
  let acceptanceRate: Double?
  let prefillSeconds: Double
  let decodeSeconds: Double

  init(_ result: GenerationResult) {
    reason = result.finishReason
    text = result.text
    tokens = result.tokens
    seed = result.seed
    promptTokens = result.statistics.promptTokenCount
    cachedTokens = result.statistics.cachedTokenCount
    generatedTokens = result.statistics.generatedTokenCount
    draftedTokens = result.statistics.draftedTokenCount
    acceptedTokens = result.statistics.acceptedTokenCount
    acceptanceRate = result.statistics.acceptanceRate
    prefillSeconds = result.statistics.prefillDuration / .seconds(1)
    decodeSeconds = result.statistics.decodeDuration / .seconds(1)
  }
}

/// What an answer cost, in words.
enum StatisticsText {
  /// One line.
  static func summary(_ statistics: GenerationStatistics) -> String {
    let cached =
      statistics.cachedTokenCount > 0 ? " (\(statistics.cachedTokenCount) cached)" : ""
    return "prompt \(statistics.promptTokenCount) tokens\(cached)"
      + String(
        format: ", %.2f s, %.0f tok/s; answer %d tokens, %.1f tok/s",
        statistics.prefillDuration / .seconds(1),
        statistics.prefillRate,
        statistics.generatedTokenCount,
        statistics.decodeRate
      ) + guesses(statistics)
  }

  private static func guesses(_ statistics: GenerationStatistics) -> String {
    guard let rate = statistics.acceptanceRate else { return "" }
    return "; \(statistics.draftedTokenCount) guessed, \(statistics.acceptedTokenCount) right"
      + String(format: " (%.0f %%)", rate * 100)
  }
}
