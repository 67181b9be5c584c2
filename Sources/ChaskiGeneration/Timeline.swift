// Owns: the tokens whose keys and values a model's cache holds, and how they are extended and taken back.
// Does not own: which tokens come (InferenceEngine, ModelDrafter), or the pages (KVSequence).

import ChaskiLayers
import ChaskiModels
import ChaskiTensors

/// A text in a model's cache.
///
/// A timeline has the bits of one that was computed afresh: what cannot be kept is computed again, where
/// layers have lost positions of an earlier text or where rotary angles depend on the text's length.
struct Timeline {
  private let model: LanguageModel
  private let chunkLength: Int
  private let sequence: KVSequence
  /// The tokens in the cache.
  private(set) var tokens: [Int32] = []
  /// For each token the regime of its rotary angles.
  private var regimes: [Int] = []
  /// How many tokens were given at once at the beginning.
  private var promptLength = 0

  /// An empty timeline of `model` with pages of `pool`; what is computed again goes in steps of
  /// `chunkLength` tokens.
  init(of model: LanguageModel, in pool: CachePagePool, chunkLength: Int) {
    self.model = model
    self.chunkLength = chunkLength
    sequence = KVSequence(in: pool)
  }

  /// How many tokens the cache holds.
  var count: Int { tokens.count }

  private var rotary: RotaryEmbedding? { model.architecture.rotary }

  private func regime(ofPosition position: Int) -> Int {
    rotary?.regime(contextLength: max(position + 1, promptLength)) ?? 0
  }

  /// How many guesses may follow a text of `length` tokens in a step with its last one.
  func room(atLength length: Int) -> Int {
    let greatest = rotary?.greatestLength(inRegimeOf: max(length, promptLength)) ?? .max
    return min(greatest - length, Speculation.draftLengthLimit)
  }

  /// Begins a text with `prompt`: keeps the longest beginning of it that is in the cache and that the
  /// layers can go on from, at most `limit` tokens.
  ///
  /// - Returns: How many tokens are kept.
  @discardableResult
  mutating func begin(_ prompt: [Int32], keepingAtMost limit: Int) -> Int {
    promptLength = prompt.count
    var shared = 0
    while shared < min(limit, prompt.count, count), tokens[shared] == prompt[shared],
      regimes[shared] == regime(ofPosition: shared)
    {
      shared += 1
    }
    truncate(to: sequence.restartLength(atMost: shared))
    return count
  }

  /// Forgets all tokens from `newCount` on: at most the guesses of one draft.
  mutating func truncate(to newCount: Int) {
    sequence.truncate(to: newCount)
    tokens.removeLast(count - newCount)
    regimes.removeLast(regimes.count - newCount)
  }

  /// Appends `new` in one step.
  ///
  /// - Returns: The logits of the rows `logits` of `new`, or nil when cancelled while what came before was
  ///   computed again. [R, V]
  /// - Throws: `CacheError`, `TensorError`, with the timeline as it was or shorter.
  mutating func append(_ new: [Int32], logits: Range<Int>) throws -> Tensor? {
    let length = count + new.count
    if let rotary, rotary.needsOneRegime,
      regime(ofPosition: length - 1) != regimes.last ?? regime(ofPosition: 0)
    {
      guard try recompute(forLength: length) else { return nil }
    }
    return try step(new, logits: logits)
  }

  /// Computes the timeline again as the beginning of a text of `length` tokens; false when cancelled.
  private mutating func recompute(forLength length: Int) throws -> Bool {
    let text = tokens
    truncate(to: 0)
    promptLength = max(promptLength, length)
    while count < text.count {
      if Task.isCancelled { return false }
      let chunk = Array(text[count..<min(count + chunkLength, text.count)])
      _ = try step(chunk, logits: 0..<0)
    }
    return true
  }

  private mutating func step(_ new: [Int32], logits: Range<Int>) throws -> Tensor {
    let step = try model.architecture.step(
      [
        Step.Input(
          sequence: sequence,
          tokens: new,
          logits: logits,
          promptLength: promptLength
        )
      ],
      on: model.backend
    )
    let output = model.architecture.logits(step, on: model.backend)
    regimes.append(contentsOf: (count..<count + new.count).map { regime(ofPosition: $0) })
    tokens.append(contentsOf: new)
    return output
  }
}
