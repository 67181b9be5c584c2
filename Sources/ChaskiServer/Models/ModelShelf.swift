// Owns: which models are loaded and unloaded, and when, and who waits for them: the rules as a value.
// Does not own: doing it (ModelRegistry). Time is passed in.

/// The models of a server, loaded or not, and the requests that wait for one.
///
/// Requests are served in the order in which they came, but for models that are loaded already:
/// - The first request whose model is not loaded has it loaded as soon as memory is there. What nobody uses leaves for it,
///   least recent use first; what was loaded a moment ago waits as long for its next request as loading it took.
/// - If that is not enough, models that are in use leave too, the one that was loaded first before the others: after its turn
///   (`ModelPolicy.turnDuration`) it gets no new requests, and leaves when the last one has ended. So two models that do not
///   fit together take turns, however many want each of them.
/// - One model is loaded at a time, once for all who wait for it.
package struct ModelShelf: Sendable {
  /// The number of a request.
  package typealias Ticket = UInt64

  /// What is to be done.
  package enum Action: Sendable, Equatable {
    /// The request gets its model and a lease on it.
    case grant(Ticket, model: String)
    /// The request is refused.
    case refuse(Ticket, ServerError)
    /// The model is to be loaded; `loaded` or `failed` tells the end.
    case load(String)
    /// The model is to be unloaded; `unloaded` tells the end.
    case unload(String)
  }

  /// Where a model is.
  enum Phase: Sendable, Equatable {
    case absent, loading, loaded, leaving
  }

  /// A model.
  struct Place: Sendable {
    var phase = Phase.absent
    /// What it takes: an estimate until it has been loaded once.
    var byteCount: Int
    /// Requests that use it.
    var leaseCount = 0
    var lastUse = Duration.zero
    /// Since when it is loaded, or being loaded.
    var loadTime = Duration.zero
    /// How long its loading took.
    var loadDuration = Duration.zero
    /// How long it stays unused; nil for ever.
    var keepAlive: Duration?
    /// Whether it gets no new requests, because another one waits for its memory.
    var isHeld = false
    /// Why it could not be loaded, for a while.
    var failure: (error: ServerError, until: Duration)?

    var isIdle: Bool { phase == .loaded && leaseCount == 0 }

    /// From when on it leaves if it stays unused and its memory is needed.
    ///
    /// Within its turn it waits for the next request as long as loading it again would take: so waiting costs at most as much
    /// as it may spare, and a model is not unloaded between two answers to the same client.
    func release(turn: Duration) -> Duration { min(loadTime + turn, lastUse + loadDuration) }
  }

  /// A request that waits.
  struct Waiter: Sendable {
    let ticket: Ticket
    let model: String
    let since: Duration
    let keepAlive: KeepAlive?
  }

  let policy: ModelPolicy
  private(set) var isDraining = false
  var places: [String: Place] = [:]
  /// In the order in which they came.
  var waiters: [Waiter] = []

  /// Models that take about so much, none of them loaded.
  package init(_ byteCounts: [String: Int], policy: ModelPolicy) {
    self.policy = policy
    for (name, byteCount) in byteCounts {
      places[name] = Place(byteCount: byteCount, keepAlive: policy.keepAlive)
    }
  }

  // MARK: What happens

  /// A request asks for `model`, which is one of the shelf's.
  package mutating func request(
    _ ticket: Ticket,
    _ model: String,
    keepAlive: KeepAlive? = nil,
    now: Duration
  ) -> [Action] {
    if isDraining { return [.refuse(ticket, .draining)] }
    if let failure = places[model]?.failure, failure.until > now {
      return [.refuse(ticket, failure.error)]
    }
    guard waiters.count < policy.waitLimit else {
      return [.refuse(ticket, .overloaded(retryAfter: Self.retryAfter))]
    }
    waiters.append(Waiter(ticket: ticket, model: model, since: now, keepAlive: keepAlive))
    return advance(now)
  }

  /// The request waits no more.
  package mutating func cancel(_ ticket: Ticket, now: Duration) -> [Action] {
    waiters.removeAll { $0.ticket == ticket }
    return advance(now)
  }

  /// A request that had a lease on `model` has ended.
  package mutating func release(_ model: String, now: Duration) -> [Action] {
    places[model]?.leaseCount -= 1
    places[model]?.lastUse = now
    return advance(now)
  }

  /// The model is loaded and takes `byteCount` bytes.
  package mutating func loaded(_ model: String, byteCount: Int, now: Duration) -> [Action] {
    if let place = places[model], place.phase == .loading {
      places[model]?.loadDuration = now - place.loadTime
    }
    places[model]?.phase = .loaded
    places[model]?.byteCount = byteCount
    places[model]?.loadTime = now
    places[model]?.lastUse = now
    places[model]?.keepAlive = policy.keepAlive
    return advance(now)
  }

  /// The model could not be loaded: all who wait for it hear why.
  package mutating func failed(_ model: String, _ error: ServerError, now: Duration) -> [Action] {
    places[model]?.phase = .absent
    places[model]?.failure = (error, now + policy.retryDuration)
    let refused = waiters.filter { $0.model == model }
    waiters.removeAll { $0.model == model }
    return refused.map { .refuse($0.ticket, error) } + advance(now)
  }

  /// The model's memory is free.
  package mutating func unloaded(_ model: String, now: Duration) -> [Action] {
    places[model]?.phase = .absent
    return advance(now)
  }

  /// From now on nobody gets a model.
  package mutating func drain() -> [Action] {
    isDraining = true
    let refused = waiters
    waiters = []
    return refused.map { .refuse($0.ticket, .draining) }
  }
}
