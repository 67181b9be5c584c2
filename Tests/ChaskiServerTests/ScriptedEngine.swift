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
    /// The model gives the text this vector.
    case embeds([Float])
  }

  private struct State {
    var requests: [GenerationRequest] = []
    var parties: [Party] = []
    var cancelledCount = 0
    var isDrained = false
    var snapshot: BatchSnapshot?
    var answers: [Int: GenerationSink] = [:]
  }

  let contextLength: Int
  private let script: @Sendable (GenerationRequest) -> Script
  private let state = Mutex(State())

  /// An engine that follows `script`.
  init(contextLength: Int = 512, script: @escaping @Sendable (GenerationRequest) -> Script) {
    self.contextLength = contextLength
    self.script = script
  }

  /// An engine that says nothing and shows `snapshot`.
  convenience init(showing snapshot: BatchSnapshot) {
    self.init { _ in .says([]) }
    show(snapshot)
  }

  /// What the engine shows of itself from now on.
  @inline(never)
  func show(_ snapshot: BatchSnapshot) {
    state.withLock { $0.snapshot = snapshot }
  }

  @inline(never)
  func snapshot() -> BatchSnapshot? { state.withLock { $0.snapshot } }

  /// An engine that always says `pieces`.
  convenience init(saying pieces: String...) {
    self.init { _ in .says(pieces) }
  }

  /// What was asked so far.
  var requests: [GenerationRequest] {
    @inline(never) get { state.withLock { $0.requests } }
  }

  /// Who asked so far.
  var parties: [Party] {
    @inline(never) get { state.withLock { $0.parties } }
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
  func answer(
    _ request: GenerationRequest,
    for party: Party,
    deliver: @escaping GenerationSink
  ) -> any TextTicket {
    let number = state.withLock { state in
      state.requests.append(request)
      state.parties.append(party)
      state.answers[state.requests.count] = deliver
      return state.requests.count
    }
    switch script(request) {
    case .fails(let error): end(number, .failure(error))
    case .failsAfter(let pieces):
      Self.tell(pieces, request, deliver)
      end(number, .failure(GenerationError.draining))
    case .says(let pieces, let reason):
      Self.tell(pieces, request, deliver)
      end(number, .success([.finished(Self.result(pieces, request, reason))]))
    case .embeds(let vector):
      Self.tell([], request, deliver)
      let result = Self.result([], request, .stop)
      end(number, .success([.embedding(vector), .finished(result)]))
    case .hangsAfter(let pieces): Self.tell(pieces, request, deliver)
    }
    return Ticket { [weak self] in self?.cancel(number) }
  }

  @inline(never)
  private func end(_ number: Int, _ news: Result<[GenerationEvent], any Error>) {
    let deliver = state.withLock { $0.answers.removeValue(forKey: number) }
    deliver?(news)
  }

  @inline(never)
  private func cancel(_ number: Int) {
    let request = state.withLock { state in
      state.cancelledCount += 1
      return state.requests[number - 1]
    }
    end(number, .success([.finished(Self.result([], request, .cancelled))]))
  }

  @inline(never)
  func drain(within deadline: Duration) async {
    for deliver in endAll() { deliver(.failure(GenerationError.draining)) }
  }

  @inline(never)
  private func endAll() -> [GenerationSink] {
    state.withLock { state in
      state.isDrained = true
      defer { state.answers = [:] }
      return Array(state.answers.values)
    }
  }

  private static let divergence = CacheDivergence(token: 4, reason: .differentText)

  private static func tell(
    _ pieces: [String],
    _ request: GenerationRequest,
    _ deliver: GenerationSink
  ) {
    let count = request.prompt.count
    deliver(.success([.begun(cachedTokenCount: 3, divergence: divergence)]))
    deliver(.success([.prompt(doneCount: count, totalCount: count)]))
    if let top = request.promptLogprobs {
      let list = request.prompt.enumerated().map { index, token in
        index == 0 ? nil : logprobs(of: token, top: top)
      }
      deliver(.success([.promptLogprobs(list)]))
    }
    for piece in pieces {
      let token = id(of: piece)
      let probabilities = request.logprobs.map { logprobs(of: token, top: $0) }
      deliver(
        .success([
          .token(id: token, text: text(of: piece), probability: 0.5, logprobs: probabilities)
        ])
      )
    }
  }

  /// The token that stands for a piece: its first byte, or the one that ends messages.
  private static func id(of piece: String) -> Int32 {
    piece == TinyModel.endMark ? TinyModel.endID : Int32(piece.utf8.first ?? 0)
  }

  private static func text(of piece: String) -> String { piece == TinyModel.endMark ? "" : piece }

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
    statistics.cacheDivergence = divergence
    statistics.generatedTokenCount = pieces.count
    statistics.queueDuration = .milliseconds(2)
    statistics.prefillDuration = .milliseconds(3)
    statistics.timeToFirstToken = .milliseconds(5)
    for _ in pieces.dropFirst() { statistics.tokenGaps.note(.milliseconds(4)) }
    statistics.decodeDuration = .milliseconds(4 * max(pieces.count - 1, 0))
    return GenerationResult(
      tokens: pieces.map { id(of: $0) },
      text: pieces.map { text(of: $0) }.joined(),
      finishReason: reason,
      seed: request.sampling.seed ?? 1,
      statistics: statistics
    )
  }

  /// An answer that follows the script.
  private struct Ticket: TextTicket {
    let stop: @Sendable () -> Void

    func cancel() { stop() }
  }
}
