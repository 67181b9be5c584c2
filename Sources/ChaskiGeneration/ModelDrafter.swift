// Owns: guessing with a smaller model: its timeline, kept in step with the answer.

import ChaskiModels
import ChaskiSampling
import ChaskiTensors

/// Guesses what a draft model would choose with the same sampler and the same random numbers.
///
/// Source of drafting with a smaller model: Leviathan, Kalman and Matias, 2022,
/// https://arxiv.org/abs/2211.17192. Here guesses are accepted where they equal the choice, not by a draw of
/// their own (docs/decisions/0006).
struct ModelDrafter: Drafter {
  /// The longest pause after guesses that were wrong, in steps of the model.
  private static let longestPause = 32

  private let model: LanguageModel
  private let vocabularyCount: Int
  private let chunkLength: Int
  private var timeline: Timeline
  /// The prompt and what was chosen.
  private var text: [Int32] = []
  private var draft: [Int32] = []
  private var length: DraftLength
  private var pause = 0
  private var stepsToWait = 0
  /// Whether the draft model knows all tokens of the text.
  private var knowsText = true

  /// A drafter of at most `maximumLength` tokens of a vocabulary of `vocabularyCount`.
  ///
  /// - Throws: `TensorError` for a cache type that the draft model's heads do not fit.
  init(
    _ model: LanguageModel,
    vocabularyCount: Int,
    maximumLength: Int,
    _ options: EngineOptions
  ) throws {
    self.model = model
    self.vocabularyCount = vocabularyCount
    chunkLength = options.prefillChunkLength
    length = DraftLength(maximum: maximumLength)
    timeline = Timeline(
      of: model,
      in: CachePagePool(
        layout: try CacheLayout(layers: model.architecture.cacheLayers, type: options.cacheType),
        contextLength: model.architecture.contextLength,
        stepLength: options.prefillChunkLength
      ),
      chunkLength: options.prefillChunkLength
    )
  }

  mutating func begin(_ prompt: [Int32]) {
    timeline.begin(prompt, keepingAtMost: prompt.count)
    text = prompt
    draft = []
    length = DraftLength(maximum: length.maximum)
    (pause, stepsToWait) = (0, 0)
    knowsText = knows(prompt)
  }

  mutating func take(_ chosen: [Int32]) {
    let accepted = acceptedCount(of: draft, in: chosen)
    timeline.truncate(to: min(timeline.count, text.count + accepted))
    text.append(contentsOf: chosen)
    knowsText = knowsText && knows(chosen)
    guard !draft.isEmpty else { return }
    length.observe(draftedCount: draft.count, acceptedCount: accepted)
    draft = []
    if accepted > 0 { pause = 0 }
    if length.current == 0 {
      pause = min(max(2 * pause, 1), Self.longestPause)
      stepsToWait = pause
    }
  }

  mutating func propose(atMost limit: Int, sampler: Sampler) throws -> [Int32] {
    if length.current == 0 {
      stepsToWait -= 1
      guard stepsToWait < 0 else { return [] }
      length.resume()
    }
    let room = model.architecture.contextLength - text.count
    // The first guess needs no step after the text.
    let count = min(length.current, limit, room, timeline.room(atLength: text.count) + 1)
    guard count > 0, knowsText, var logits = try catchUp() else { return [] }
    var sampler = sampler
    while true {
      // Probabilities that cannot be drawn from end the draft, not the answer: the model decides that.
      guard let choice = try? sampler.sample(logits: &logits), knows([choice.token]) else { break }
      draft.append(choice.token)
      guard draft.count < count else { break }
      sampler.accept(choice.token)
      guard let next = try step([choice.token]) else { break }
      logits = next
    }
    return draft
  }

  /// Brings the timeline to the end of the text; nil when cancelled.
  ///
  /// - Returns: The logits after the text.
  private mutating func catchUp() throws -> [Float]? {
    var logits: [Float]? = []
    while timeline.count < text.count, logits != nil {
      if Task.isCancelled { return nil }
      let last = min(timeline.count + chunkLength, text.count)
      logits = try step(Array(text[timeline.count..<last]))
    }
    return logits
  }

  /// The logits after `tokens`, as many as the answering model has; nil when cancelled.
  private mutating func step(_ tokens: [Int32]) throws -> [Float]? {
    let last = tokens.count - 1..<tokens.count
    guard var logits = try timeline.append(tokens, logits: last)?.row(0) else { return nil }
    // Padding differs between models of one vocabulary.
    while logits.count < vocabularyCount { logits.append(-.infinity) }
    logits.removeLast(logits.count - vocabularyCount)
    return logits
  }

  private func knows(_ tokens: [Int32]) -> Bool {
    tokens.allSatisfy { $0 < model.vocabularyCount }
  }
}
