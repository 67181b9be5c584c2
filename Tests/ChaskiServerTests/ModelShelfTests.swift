import ChaskiServer
import Testing

/// Which models are loaded and unloaded, and who waits.
struct ModelShelfTests {
  /// a and b fill the memory of 100 each alone, c takes a third of it.
  private static func shelf(
    _ byteCounts: [String: Int] = ["a": 60, "b": 60, "c": 30],
    change: (inout ModelPolicy) -> Void = { _ in }
  ) -> ModelShelf {
    var policy = ModelPolicy()
    policy.memoryByteCount = 100
    change(&policy)
    return ModelShelf(byteCounts, policy: policy)
  }

  /// A shelf on which `model` is loaded and used by request 1, since second 0.
  private static func busy(_ model: String, change: (inout ModelPolicy) -> Void = { _ in })
    -> ModelShelf
  {
    var shelf = shelf(change: change)
    _ = shelf.request(1, model, now: .zero)
    _ = shelf.loaded(model, byteCount: 60, now: .zero)
    return shelf
  }

  @Test func `a model is loaded once for all who ask for it`() {
    var shelf = Self.shelf()
    #expect(shelf.request(1, "a", now: .zero) == [.load("a")])
    #expect(shelf.request(2, "a", now: .zero) == [])
    #expect(
      shelf.loaded("a", byteCount: 60, now: .seconds(1))
        == [.grant(1, model: "a"), .grant(2, model: "a")]
    )
    #expect(shelf.request(3, "a", now: .seconds(2)) == [.grant(3, model: "a")])
  }

  @Test func `models that fit stay side by side`() {
    var shelf = Self.busy("a")
    #expect(shelf.request(2, "c", now: .seconds(1)) == [.load("c")])
    #expect(shelf.loaded("c", byteCount: 30, now: .seconds(1)) == [.grant(2, model: "c")])
  }

  @Test func `what a model takes once it is loaded counts, not the estimate`() {
    var shelf = Self.shelf()
    _ = shelf.request(1, "a", now: .zero)
    _ = shelf.loaded("a", byteCount: 40, now: .zero)
    #expect(shelf.request(2, "b", now: .seconds(1)) == [.load("b")])
  }

  @Test func `unused models leave, the least recently used first`() {
    var shelf = Self.shelf(["a": 40, "b": 40, "c": 40])
    for (ticket, model) in [(1, "a"), (2, "b")] {
      _ = shelf.request(UInt64(ticket), model, now: .seconds(ticket))
      _ = shelf.loaded(model, byteCount: 40, now: .seconds(ticket))
      _ = shelf.release(model, now: .seconds(ticket))
    }
    _ = shelf.request(3, "a", now: .seconds(3))
    _ = shelf.release("a", now: .seconds(4))
    #expect(shelf.request(4, "c", now: .seconds(5)) == [.unload("b")])
    // Its memory is not free before it has left.
    #expect(shelf.advance(.seconds(6)) == [])
    #expect(shelf.unloaded("b", now: .seconds(7)) == [.load("c")])
  }

  @Test func `an unused model whose loading took no time leaves at once, whatever its turn`() {
    var shelf = Self.busy("a")
    _ = shelf.release("a", now: .seconds(1))
    #expect(shelf.request(2, "b", now: .seconds(1)) == [.unload("a")])
  }

  @Test(arguments: [1, 2, 60])
  func `a model that was just loaded waits for its next request as long as its loading took`(
    load: Int
  ) {
    var shelf = Self.shelf()
    _ = shelf.request(1, "a", now: .seconds(10 - load))
    _ = shelf.loaded("a", byteCount: 60, now: .seconds(10))
    _ = shelf.release("a", now: .seconds(10))
    #expect(shelf.request(2, "b", now: .seconds(10)) == [])
    // Its client comes back in time.
    #expect(shelf.request(3, "a", now: .seconds(11)) == [.grant(3, model: "a")])
    #expect(shelf.release("a", now: .seconds(12)) == [])
    // And when its turn of five seconds is over, at the latest.
    let end = min(12 + load, 10 + 5)
    #expect(shelf.nextDeadline() == .seconds(end))
    #expect(shelf.advance(.seconds(end - 1)) == [])
    #expect(shelf.advance(.seconds(end)) == [.unload("a")])
  }

  @Test func `a model in use is not unloaded, but gets nothing new after its turn`() {
    var shelf = Self.busy("a")
    #expect(shelf.request(2, "b", now: .seconds(1)) == [])
    #expect(shelf.request(3, "a", now: .seconds(4)) == [.grant(3, model: "a")])
    #expect(shelf.nextDeadline() == .seconds(5))
    #expect(shelf.request(4, "a", now: .seconds(5)) == [])
    #expect(shelf.release("a", now: .seconds(6)) == [])
    // The last one that uses it ends: neither a moment earlier, nor for those who came after b.
    #expect(shelf.release("a", now: .seconds(7)) == [.unload("a")])
    #expect(shelf.unloaded("a", now: .seconds(7)) == [.load("b")])
    #expect(shelf.loaded("b", byteCount: 60, now: .seconds(8)) == [.grant(2, model: "b")])
    // It waits for another request as long as its loading took.
    #expect(shelf.release("b", now: .seconds(9)) == [])
    #expect(shelf.advance(.seconds(10)) == [.unload("b")])
    #expect(shelf.unloaded("b", now: .seconds(10)) == [.load("a")])
    #expect(shelf.loaded("a", byteCount: 60, now: .seconds(11)) == [.grant(4, model: "a")])
  }

  @Test func `who gives up waiting frees those who were held for it`() {
    var shelf = Self.busy("a")
    _ = shelf.request(2, "b", now: .seconds(6))
    #expect(shelf.request(3, "a", now: .seconds(6)) == [])
    #expect(shelf.cancel(2, now: .seconds(7)) == [.grant(3, model: "a")])
  }

  @Test func `a request that waits too long is refused, with a time to ask again`() {
    var shelf = Self.busy("a")
    _ = shelf.request(2, "b", now: .seconds(1))
    #expect(shelf.advance(.seconds(120)) == [])
    #expect(
      shelf.advance(.seconds(121)) == [
        .refuse(2, .noRoom(model: "b", retryAfter: .seconds(10)))
      ]
    )
  }

  @Test func `a request whose model is being loaded waits as long as that takes`() {
    var shelf = Self.shelf()
    _ = shelf.request(1, "a", now: .zero)
    #expect(shelf.advance(.seconds(1000)) == [])
    #expect(
      shelf.loaded("a", byteCount: 60, now: .seconds(2000)) == [.grant(1, model: "a")]
    )
  }

  @Test func `more waiting requests than allowed are refused`() {
    var shelf = Self.shelf { $0.waitLimit = 1 }
    _ = shelf.request(1, "a", now: .zero)
    #expect(
      shelf.request(2, "a", now: .zero) == [.refuse(2, .overloaded(retryAfter: .seconds(10)))]
    )
  }

  @Test func `a failing load tells everyone who waits, and is tried again later`() {
    var shelf = Self.shelf()
    _ = shelf.request(1, "a", now: .zero)
    _ = shelf.request(2, "a", now: .zero)
    let error = ServerError.modelNotLoaded("a")
    #expect(
      shelf.failed("a", error, now: .seconds(1)) == [.refuse(1, error), .refuse(2, error)]
    )
    // Not at once: others' models would leave for it again and again.
    #expect(shelf.request(3, "a", now: .seconds(2)) == [.refuse(3, error)])
    #expect(shelf.request(4, "c", now: .seconds(3)) == [.load("c")])
    _ = shelf.loaded("c", byteCount: 30, now: .seconds(4))
    #expect(shelf.request(5, "a", now: .seconds(6)) == [.load("a")])
    #expect(shelf.loaded("a", byteCount: 60, now: .seconds(7)) == [.grant(5, model: "a")])
  }

  @Test func `a model that nobody waits for any more is loaded all the same`() {
    var shelf = Self.shelf()
    _ = shelf.request(1, "a", now: .zero)
    #expect(shelf.cancel(1, now: .zero) == [])
    #expect(shelf.loaded("a", byteCount: 60, now: .seconds(1)) == [])
    #expect(shelf.request(2, "b", now: .seconds(2)) == [.unload("a")])
  }

  @Test func `one model is loaded at a time`() {
    var shelf = Self.shelf(["a": 10, "b": 10])
    #expect(shelf.request(1, "a", now: .zero) == [.load("a")])
    #expect(shelf.request(2, "b", now: .zero) == [])
    #expect(
      shelf.loaded("a", byteCount: 10, now: .seconds(1)) == [.grant(1, model: "a"), .load("b")]
    )
  }

  @Test func `a model that is larger than the memory is loaded when nothing else is`() {
    var shelf = Self.shelf(["a": 300, "c": 30])
    _ = shelf.request(1, "c", now: .zero)
    _ = shelf.loaded("c", byteCount: 30, now: .zero)
    #expect(shelf.request(2, "a", now: .seconds(6)) == [])
    #expect(shelf.release("c", now: .seconds(7)) == [.unload("c")])
    #expect(shelf.unloaded("c", now: .seconds(7)) == [.load("a")])
    #expect(shelf.loaded("a", byteCount: 300, now: .seconds(8)) == [.grant(2, model: "a")])
  }

  @Test func `an unused model leaves after its time`() {
    var shelf = Self.busy("a") { $0.keepAlive = .seconds(60) }
    #expect(shelf.nextDeadline() == nil)
    #expect(shelf.advance(.seconds(500)) == [])
    _ = shelf.release("a", now: .seconds(500))
    #expect(shelf.expiry(of: "a") == .seconds(560))
    #expect(shelf.nextDeadline() == .seconds(560))
    #expect(shelf.advance(.seconds(559)) == [])
    #expect(shelf.advance(.seconds(560)) == [.unload("a")])
  }

  @Test func `a request says how long its model stays, until the next one does`() {
    var shelf = Self.shelf { $0.keepAlive = .seconds(60) }
    _ = shelf.request(1, "a", keepAlive: .lasting(.zero), now: .zero)
    _ = shelf.loaded("a", byteCount: 60, now: .zero)
    #expect(shelf.release("a", now: .seconds(1)) == [.unload("a")])
    _ = shelf.unloaded("a", now: .seconds(1))
    _ = shelf.request(2, "a", keepAlive: .forever, now: .seconds(2))
    _ = shelf.loaded("a", byteCount: 60, now: .seconds(2))
    _ = shelf.release("a", now: .seconds(3))
    #expect(shelf.expiry(of: "a") == nil)
    _ = shelf.request(3, "a", now: .seconds(4))
    _ = shelf.release("a", now: .seconds(5))
    #expect(shelf.expiry(of: "a") == .seconds(65))
  }

  @Test func `a request that unloads its model takes it from nobody`() {
    var shelf = Self.busy("a")
    _ = shelf.request(2, "a", keepAlive: .lasting(.zero), now: .seconds(1))
    #expect(shelf.release("a", now: .seconds(2)) == [])
    #expect(shelf.release("a", now: .seconds(3)) == [.unload("a")])
  }

  @Test func `at the end all who wait are told, and nobody gets a model`() {
    var shelf = Self.busy("a")
    _ = shelf.request(2, "b", now: .seconds(1))
    #expect(shelf.drain() == [.refuse(2, .draining)])
    #expect(shelf.request(3, "a", now: .seconds(2)) == [.refuse(3, .draining)])
    #expect(shelf.loaded("b", byteCount: 60, now: .seconds(3)) == [])
    #expect(shelf.nextDeadline() == nil)
  }

  @Test func `two models that do not fit together take turns, however many want each`() {
    var simulation = ShelfSimulation(Self.shelf(), loadSeconds: 1, answerSeconds: 3)
    // Every second each of them is asked for; an answer takes three.
    simulation.run(seconds: 600) { _ in ["a", "b"] }
    for model in ["a", "b"] {
      // A load serves a turn and those who waited for it.
      let (loads, answers) = (simulation.loads[model] ?? 0, simulation.answers[model] ?? 0)
      #expect(loads >= 20, "\(model) was loaded \(loads) times")
      #expect(answers >= 500, "\(model) gave \(answers) answers")
    }
    #expect(simulation.refusals == 0)
    // The other's turn, its last answers, its and the own load, and one second's steps.
    #expect(simulation.longestWait <= 5 + 2 * 3 + 2 * 1 + 8)
    #expect(simulation.mostBytes <= 100)
  }

  @Test func `three models whose requests come at random are all served`() {
    var random = SplitMix(state: 7)
    var simulation = ShelfSimulation(Self.shelf(), loadSeconds: 2, answerSeconds: 4)
    simulation.run(seconds: 2000) { _ in
      ["a", "b", "c"].filter { _ in Int.random(in: 0..<4, using: &random) == 0 }
    }
    #expect(simulation.refusals == 0)
    #expect(simulation.mostBytes <= 100)
    #expect(simulation.waitingCount <= 40, "\(simulation.waitingCount) still wait")
  }
}

/// Numbers that are the same in every run.
///
/// Source: Steele, Lea, Flood 2014, "Fast splittable pseudorandom number generators".
private struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
