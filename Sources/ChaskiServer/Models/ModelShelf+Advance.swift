// Owns: what follows for the models and the waiting requests when something has changed, or time has passed.

extension ModelShelf {
  static let retryAfter = Duration.seconds(10)

  /// Does what can be done at `now`.
  package mutating func advance(_ now: Duration) -> [Action] {
    if isDraining { return [] }
    hold(now)
    var actions = grant(now)
    // Who has a model by now is not late; whom nobody waits for any more frees those that were held for it.
    let refusals = refuseLate(now)
    if !refusals.isEmpty {
      actions += refusals
      hold(now)
      actions += grant(now)
    }
    actions += makeRoom(now)
    actions += expire(now)
    return actions
  }

  /// When something is due although nothing happens; nil if never.
  package func nextDeadline() -> Duration? {
    if isDraining { return nil }
    var times = waiters.filter { places[$0.model]?.phase != .loading }.map {
      $0.since + policy.waitDuration
    }
    for place in places.values where place.phase == .loaded {
      if place.isIdle, let keepAlive = place.keepAlive { times.append(place.lastUse + keepAlive) }
    }
    for name in victims() {
      guard let place = places[name], !place.isHeld else { continue }
      let turn = policy.turnDuration
      times.append(place.isIdle ? place.release(turn: turn) : place.loadTime + turn)
    }
    return times.min()
  }

  /// When the model leaves if nobody asks for it; nil if it stays, or is in use.
  package func expiry(of model: String) -> Duration? {
    guard let place = places[model], place.isIdle else { return nil }
    return place.keepAlive.map { place.lastUse + $0 }
  }

  /// Those whose model is being loaded wait on: it will come.
  private mutating func refuseLate(_ now: Duration) -> [Action] {
    let late = waiters.filter {
      $0.since + policy.waitDuration <= now && places[$0.model]?.phase != .loading
    }
    guard !late.isEmpty else { return [] }
    let tickets = Set(late.map(\.ticket))
    waiters.removeAll { tickets.contains($0.ticket) }
    return late.map {
      .refuse($0.ticket, .noRoom(model: $0.model, retryAfter: Self.retryAfter))
    }
  }

  /// The model that is loaded next: that of the first request whose model is not there.
  private var wanted: String? {
    guard !places.values.contains(where: { $0.phase == .loading }) else { return nil }
    return waiters.first { waiter in
      let phase = places[waiter.model]?.phase
      return phase == .absent || phase == .leaving
    }?.model
  }

  /// Bytes that are missing for `wanted` once all that leaves has left; 0 or less if it fits.
  private func shortage(for wanted: String) -> Int {
    // A model that is larger than all memory there may be is loaded when nothing else is.
    var needed = min(places[wanted]?.byteCount ?? 0, policy.memoryByteCount)
    for place in places.values where place.phase == .loaded || place.phase == .loading {
      let (sum, overflow) = needed.addingReportingOverflow(place.byteCount)
      needed = overflow ? .max : sum
    }
    return needed - policy.memoryByteCount
  }

  /// The models that have to leave for the one that is wanted: unused ones first, by least recent use; then those in use,
  /// by when they were loaded.
  private func victims() -> [String] {
    guard let wanted else { return [] }
    var shortage = shortage(for: wanted)
    let candidates = places.filter { $0.value.phase == .loaded }.sorted { one, other in
      let (a, b) = (one.value, other.value)
      if a.isIdle != b.isIdle { return a.isIdle }
      let times = a.isIdle ? (a.lastUse, b.lastUse) : (a.loadTime, b.loadTime)
      return (times.0, one.key) < (times.1, other.key)
    }
    var victims: [String] = []
    for (name, place) in candidates where shortage > 0 {
      victims.append(name)
      shortage -= place.byteCount
    }
    return victims
  }

  /// Lets those whose turn is over have no new requests.
  private mutating func hold(_ now: Duration) {
    for name in places.keys { places[name]?.isHeld = false }
    for name in victims() {
      // Unused ones too: else those who wait for its end would get it the moment it is unused.
      guard let place = places[name] else { continue }
      places[name]?.isHeld = place.loadTime + policy.turnDuration <= now
    }
  }

  /// Gives everyone whose model is there a lease on it.
  private mutating func grant(_ now: Duration) -> [Action] {
    var actions: [Action] = []
    var waiting: [Waiter] = []
    for waiter in waiters {
      guard var place = places[waiter.model], place.phase == .loaded, !place.isHeld else {
        waiting.append(waiter)
        continue
      }
      place.leaseCount += 1
      place.lastUse = now
      place.keepAlive = waiter.keepAlive.map(\.duration) ?? policy.keepAlive
      places[waiter.model] = place
      actions.append(.grant(waiter.ticket, model: waiter.model))
    }
    waiters = waiting
    return actions
  }

  /// Loads what is wanted, or unloads what is in its way and unused.
  private mutating func makeRoom(_ now: Duration) -> [Action] {
    guard let wanted else { return [] }
    let victims = victims()
    if victims.isEmpty {
      // Room there is, or will be when what leaves has left: its memory counts until then.
      guard !places.values.contains(where: { $0.phase == .leaving }) else { return [] }
      places[wanted]?.phase = .loading
      places[wanted]?.loadTime = now
      places[wanted]?.failure = nil
      return [.load(wanted)]
    }
    let unused = victims.filter { name in
      guard let place = places[name], place.isIdle else { return false }
      return place.release(turn: policy.turnDuration) <= now
    }
    return unused.map { leave($0) }
  }

  /// Unloads what nobody has used for as long as it was to stay.
  private mutating func expire(_ now: Duration) -> [Action] {
    let expired = places.filter { _, place in
      guard place.isIdle, let keepAlive = place.keepAlive else { return false }
      return place.lastUse + keepAlive <= now
    }
    return expired.keys.sorted().map { leave($0) }
  }

  private mutating func leave(_ name: String) -> Action {
    places[name]?.phase = .leaving
    return .unload(name)
  }
}
