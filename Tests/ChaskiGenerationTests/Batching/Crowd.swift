// Owns: many requests at once, and what each of them gives alone.

import ChaskiGeneration
import ChaskiSampling

/// Requests that differ in everything, made from a number.
struct Crowd {
  /// One request and its party.
  struct Member: Sendable {
    var request: GenerationRequest
    var party: Party
  }

  /// What came of a request.
  struct Outcome: Sendable {
    var events: [GenerationEvent] = []
    var result: GenerationResult?

    /// The text of all events.
    var text: String {
      events.map { event in
        switch event {
        case .token(_, let text, _, _), .text(let text): text
        default: ""
        }
      }.joined()
    }
  }

  private var state: UInt64
  private let vocabularyCount: Int

  init(seed: UInt64, vocabularyCount: Int) {
    state = seed
    self.vocabularyCount = vocabularyCount
  }

  /// A number below `bound`.
  mutating func number(_ bound: Int) -> Int {
    Int(RandomSource.splitMix64(&state) % UInt64(bound))
  }

  /// Tokens all over the vocabulary.
  mutating func tokens(_ count: Int) -> [Int32] {
    (0..<count).map { _ in Int32(3 + number(vocabularyCount - 3)) }
  }

  /// Requests of which some begin alike, of several teams, with several ways of sampling.
  mutating func members(
    _ count: Int,
    promptLengths: ClosedRange<Int>,
    answerLengths: ClosedRange<Int>
  ) -> [Member] {
    let shared = tokens(promptLengths.upperBound)
    return (0..<count).map { index in
      let length = promptLengths.lowerBound + number(promptLengths.count)
      var prompt = tokens(length)
      if index % 2 == 0 {
        let common = number(length)
        prompt.replaceSubrange(..<common, with: shared[..<common])
      }
      var request = GenerationRequest(prompt: prompt, sampling: sampling(index))
      request.maximumTokens = answerLengths.lowerBound + number(answerLengths.count)
      request.ignoresEndOfText = index % 3 != 0
      let party = Party(
        team: "team \(index % 4)",
        weight: Double(1 + index % 3),
        priority: index % 2
      )
      return Member(request: request, party: party)
    }
  }

  private mutating func sampling(_ index: Int) -> SamplingOptions {
    var options = SamplingOptions()
    options.seed = UInt64(index)
    switch index % 5 {
    case 0: options = .greedy
    case 1: options.temperature = 1.5
    case 2:
      options.mirostat = .two
      options.repeatPenalty = 1.2
    case 3:
      options.dryMultiplier = 0.8
      options.xtcProbability = 0.5
    default:
      options.topK = 0
      options.typicalP = 0.9
      options.logitBias = [LogitBias(token: Int32(number(vocabularyCount)), bias: 3)]
    }
    return options
  }

  /// What `answer` gives, to its end.
  static func outcome(of answer: BatchAnswer) async throws -> Outcome {
    var outcome = Outcome()
    for try await event in answer {
      outcome.events.append(event)
      if case .finished(let result) = event { outcome.result = result }
    }
    return outcome
  }

  /// What each of `members` gives when all ask `engine` at once.
  static func outcomes(
    of members: [Member],
    from engine: BatchEngine
  ) async throws -> [Outcome] {
    try await withThrowingTaskGroup(of: (Int, Outcome).self) { group in
      for (index, member) in members.enumerated() {
        // Asked here, not by the tasks: those of a busy machine may start after the first answers have ended.
        let answer = engine.generate(member.request, for: member.party)
        group.addTask { (index, try await outcome(of: answer)) }
      }
      var found = Array(repeating: Outcome(), count: members.count)
      for try await (index, outcome) in group { found[index] = outcome }
      return found
    }
  }

  /// What each of `members` gives alone, computed afresh.
  static func alone(
    _ members: [Member],
    _ model: LanguageModel,
    contextLength: Int? = nil
  ) async throws -> [GenerationResult] {
    var options = EngineOptions()
    options.contextLength = contextLength
    let engine = try InferenceEngine(model: model, options: options)
    var results: [GenerationResult] = []
    for member in members {
      await engine.reset()
      results.append(try await engine.generate(member.request))
    }
    return results
  }
}
