// Owns: an engine for tests, which answers what it is told to, or waits until it is cancelled.

import ChaskiGeneration
import ChaskiSampling
import ChaskiServer
import Synchronization

/// An engine that follows a script.
final class ScriptedEngine: TextEngine {
  /// What happens to a request.
  enum Script: Sendable {
    /// The model says these pieces, a token each, and ends.
    case says([String], FinishReason = .stop)
    /// The model says these pieces, and then nothing more until it is cancelled.
    case hangsAfter([String])
    /// The engine refuses.
    case fails(GenerationError)
    /// The model says these pieces and then fails.
    case failsAfter([String])
  }

  private struct State {
    var requests: [GenerationRequest] = []
    var parties: [Party] = []
    var cancelledCount = 0
    var isDrained = false
    var answers: [Int: AsyncThrowingStream<GenerationEvent, any Error>.Continuation] = [:]
  }

  let contextLength: Int
  private let script: @Sendable (GenerationRequest) -> Script
  private let state = Mutex(State())

  /// An engine that follows `script`.
  init(contextLength: Int = 512, script: @escaping @Sendable (GenerationRequest) -> Script) {
    self.contextLength = contextLength
    self.script = script
  }

  /// An engine that always says `pieces`.
  convenience init(saying pieces: String...) {
    self.init { _ in .says(pieces) }
  }

  /// What was asked so far.
  var requests: [GenerationRequest] {
    @inline(never) get { state.withLock { $0.requests } }
  }

  /// How many answers were cancelled.
  var cancelledCount: Int {
    @inline(never) get { state.withLock { $0.cancelledCount } }
  }

  /// Whether the engine was told to drain.
  var isDrained: Bool {
    @inline(never) get { state.withLock { $0.isDrained } }
  }

  @inline(never)
  func answer(_ request: GenerationRequest, for party: Party) -> any TextAnswer {
    let (events, continuation) = AsyncThrowingStream<GenerationEvent, any Error>.makeStream()
    let number = state.withLock { state in
      state.requests.append(request)
      state.parties.append(party)
      state.answers[state.requests.count] = continuation
      return state.requests.count
    }
    switch script(request) {
    case .fails(let error): continuation.finish(throwing: error)
    case .failsAfter(let pieces):
      Self.tell(pieces, request, continuation)
      continuation.finish(throwing: GenerationError.draining)
    case .says(let pieces, let reason):
      Self.tell(pieces, request, continuation)
      continuation.yield(.finished(Self.result(pieces, request, reason)))
      continuation.finish()
    case .hangsAfter(let pieces): Self.tell(pieces, request, continuation)
    }
    return Answer(events: events) { [weak self] in self?.cancel(number) }
  }

  @inline(never)
  private func cancel(_ number: Int) {
    let answer = state.withLock { state in
      state.cancelledCount += 1
      return state.answers.removeValue(forKey: number)
    }
    answer?.finish()
  }

  @inline(never)
  func drain(within deadline: Duration) async {
    let answers = endAll()
    for answer in answers { answer.finish(throwing: GenerationError.draining) }
  }

  @inline(never)
  private func endAll() -> [AsyncThrowingStream<GenerationEvent, any Error>.Continuation] {
    state.withLock { state in
      state.isDrained = true
      return Array(state.answers.values)
    }
  }

  private static func tell(
    _ pieces: [String],
    _ request: GenerationRequest,
    _ continuation: AsyncThrowingStream<GenerationEvent, any Error>.Continuation
  ) {
    let count = request.prompt.count
    continuation.yield(.prompt(doneCount: count, totalCount: count))
    if let top = request.promptLogprobs {
      let list = request.prompt.enumerated().map { index, token in
        index == 0 ? nil : logprobs(of: token, top: top)
      }
      continuation.yield(.promptLogprobs(list))
    }
    for piece in pieces {
      let token = Int32(piece.utf8.first ?? 0)
      continuation.yield(
        .token(
          id: token,
          text: piece,
          probability: 0.5,
          logprobs: request.logprobs.map { logprobs(of: token, top: $0) }
        )
      )
    }
  }

  private static func logprobs(of token: Int32, top: Int) -> TokenLogprobs {
    let entries = (0..<top).map { index in
      TokenLogprobs.Entry(id: Int32(65 + index), logprob: -Float(index) - 0.5)
    }
    return TokenLogprobs(token: token, logprob: -1.5, top: entries)
  }

  private static func result(
    _ pieces: [String],
    _ request: GenerationRequest,
    _ reason: FinishReason
  ) -> GenerationResult {
    var statistics = GenerationStatistics()
    statistics.promptTokenCount = request.prompt.count
    statistics.cachedTokenCount = 3
    statistics.generatedTokenCount = pieces.count
    return GenerationResult(
      tokens: pieces.map { Int32($0.utf8.first ?? 0) },
      text: pieces.joined(),
      finishReason: reason,
      seed: request.sampling.seed ?? 1,
      statistics: statistics
    )
  }

  /// An answer that follows the script.
  private struct Answer: TextAnswer {
    let events: AsyncThrowingStream<GenerationEvent, any Error>
    let stop: @Sendable () -> Void

    func cancel() { stop() }

    func makeAsyncIterator() -> AsyncThrowingStream<GenerationEvent, any Error>.Iterator {
      events.makeAsyncIterator()
    }
  }
}
