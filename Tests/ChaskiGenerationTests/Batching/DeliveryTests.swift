import ChaskiTestSupport
import ChaskiGeneration
import ChaskiSampling
import ChaskiTensors
import Foundation
import Synchronization
import Testing

/// When the events of an answer reach whoever takes them.
@Suite(.enabled(if: Shared.isPresent, Shared.reason))
struct DeliveryTests {
  /// Everything that a sink was given, delivery by delivery.
  private final class Deliveries: Sendable {
    private let state = Mutex<[Result<[GenerationEvent], any Error>]>([])

    @inline(never)
    func add(_ news: Result<[GenerationEvent], any Error>) { state.withLock { $0.append(news) } }

    var all: [[GenerationEvent]] {
      @inline(never)
      get { state.withLock { $0.compactMap { try? $0.get() } } }
    }

    var isOver: Bool {
      if case .finished? = all.last?.last { true } else { false }
    }

    /// How many tokens came with each delivery that brought some.
    var tokenCounts: [Int] {
      all.map { $0.count { if case .token = $0 { true } else { false } } }.filter { $0 > 0 }
    }

    var tokens: [Int32] {
      all.joined().compactMap { if case .token(let id, _, _, _) = $0 { id } else { nil } }
    }
  }

  private static func deliveries(
    interval: Duration,
    cancelsAfter count: Int? = nil
  ) async throws -> Deliveries {
    let model = try await LanguageModel.load(
      path: Shared.url("data/stories260K/stories260K.gguf").path,
      on: CPUBackend(threadCount: 1)
    )
    var options = BatchOptions()
    options.deliveryInterval = interval
    let engine = try BatchEngine(model: model, options: options)
    var request = GenerationRequest(prompt: [1, 403, 407, 261], sampling: .greedy)
    request.maximumTokens = count == nil ? 24 : nil
    request.ignoresEndOfText = true
    let found = Deliveries()
    let (tickets, ticket) = AsyncStream<BatchTicket>.makeStream()
    ticket.yield(engine.generate(request, for: .anyone) { found.add($0) })
    if let count {
      while found.tokens.count < count { await Task.yield() }
      for await ticket in tickets {
        ticket.cancel()
        break
      }
    }
    while !found.isOver { await Task.yield() }
    return found
  }

  @Test func `without an interval every token is delivered as it is chosen`() async throws {
    let found = try await Self.deliveries(interval: .zero)
    #expect(found.tokenCounts == Array(repeating: 1, count: 24))
  }

  @Test func `the first token is never held, and what is held comes with the end at the latest`()
    async throws
  {
    let found = try await Self.deliveries(interval: .seconds(60))
    #expect(found.tokenCounts == [1, 23])
  }

  @Test(arguments: [Duration.milliseconds(1), .seconds(60)])
  func `nothing is lost and the order is the same`(interval: Duration) async throws {
    let held = try await Self.deliveries(interval: interval)
    let plain = try await Self.deliveries(interval: .zero)
    #expect(held.tokens == plain.tokens)
    func texts(_ found: Deliveries) -> String {
      found.all.joined().map {
        switch $0 {
        case .token(_, let text, _, _), .text(let text): text
        default: ""
        }
      }.joined()
    }
    #expect(texts(held) == texts(plain))
  }

  @Test func `a cancelled answer delivers what it held before its end`() async throws {
    let found = try await Self.deliveries(interval: .seconds(60), cancelsAfter: 1)
    guard case .finished(let result)? = found.all.last?.last else {
      Issue.record("no end")
      return
    }
    #expect(result.finishReason == .cancelled)
    #expect(result.tokens == found.tokens)
  }
}
