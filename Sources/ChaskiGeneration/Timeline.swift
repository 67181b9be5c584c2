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
  private var sequence: KVSequence
  /// The tokens in the cache.
  private(set) var tokens: [Int32] = []
  /// For each token the regime of its rotary angles.
  private var regimes: [Int] = []
  /// How many tokens were given at once at the beginning.
  private(set) var promptLength = 0

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
    regime(ofPosition: position, promptLength: promptLength)
  }

  private func regime(ofPosition position: Int, promptLength: Int) -> Int {
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
    begin(prompt, promptLength: prompt.count, keepingAtMost: limit)
  }

  /// Begins a text whose first `promptLength` tokens count as given at once; see the other form.
  @discardableResult
  mutating func begin(_ text: [Int32], promptLength: Int, keepingAtMost limit: Int) -> Int {
    let kept = keptCount(of: text, promptLength: promptLength, atMost: limit)
    self.promptLength = promptLength
    truncate(to: kept)
    return kept
  }

  /// How many tokens `begin` would keep.
  func keptCount(of text: [Int32], promptLength: Int, atMost limit: Int) -> Int {
    let limit = min(limit, text.count, count)
    var shared = 0
    while shared < limit, tokens[shared] == text[shared],
      regimes[shared] == regime(ofPosition: shared, promptLength: promptLength)
    {
      shared += 1
    }
    return sequence.restartLength(atMost: shared)
  }

  /// How many of the first tokens of `text` are those of this one, kept or not.
  func commonCount(with text: [Int32]) -> Int {
    zip(tokens, text).prefix { $0 == $1 }.count
  }

  /// A second text with the same past, which shares every page until one of the two writes to it.
  func fork() -> Timeline {
    var copy = self
    copy.sequence = sequence.fork()
    return copy
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
    if needsOtherRegime(forLength: length) {
      guard try recompute(forLength: length) else { return nil }
    }
    return try step(new, logits: logits)
  }

  /// Whether all of the text must be computed again before it can have `length` tokens.
  func needsOtherRegime(forLength length: Int) -> Bool {
    guard let rotary, rotary.needsOneRegime else { return false }
    return regime(ofPosition: length - 1) != regimes.last ?? regime(ofPosition: 0)
  }

  /// What `new` is in a step with other texts; once that is made, `noteStep` says so.
  func input(_ new: [Int32], logits: Range<Int>) -> Step.Input {
    Step.Input(sequence: sequence, tokens: new, logits: logits, promptLength: promptLength)
  }

  /// Notes that a step appended `new`.
  mutating func noteStep(_ new: [Int32]) {
    regimes.append(contentsOf: (count..<count + new.count).map { regime(ofPosition: $0) })
    tokens.append(contentsOf: new)
  }

  /// The pages held, of each group.
  var pageCounts: [Int] { sequence.pageCounts }

  /// The pages that `newCount` more tokens take at most, of each group.
  func pagesNeeded(toAppend newCount: Int) -> [Int] {
    sequence.pagesNeeded(toExtendBy: newCount)
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
    let step = try model.architecture.step([input(new, logits: logits)], on: model.backend)
    let output = model.architecture.logits(step, on: model.backend)
    noteStep(new)
    return output
  }
}
