// Owns: what the next step computes, so that teams share the machine by their weights.
// Does not own: pages (BatchLoop asks for those), texts, time. Pure: the same calls give the same steps.

/// Chooses the sequences of each step.
///
/// One step: `beginStep` chooses who gets a token; `nextReader` names, again and again, whose text is to be
/// read, and is answered by `read` or `refuse`; `endStep` settles the teams' claims.
package struct StepPlanner: Sendable {
  private var limits: StepLimits
  /// The teams' virtual times.
  package private(set) var times = VirtualTimes()
  /// The teams' requests.
  package private(set) var teams: [String: TeamQueue] = [:]
  private var places: [UInt64: (team: String, phase: TeamQueue.Phase)] = [:]
  private var step = 0
  /// Whether the last step was kept short.
  private var wasShort = false

  /// A planner of steps within `limits`.
  package init(_ limits: StepLimits) {
    self.limits = limits
  }

  /// Requests that wait to come into the cache.
  package var waitingCount: Int { teams.values.reduce(0) { $0 + $1.waiting.count } }

  /// Requests in the cache.
  package var residentCount: Int { teams.values.reduce(0) { $0 + $1.residentCount } }

  /// Requests in the cache whose texts are being read.
  package var readers: [UInt64] { teams.values.flatMap { $0.reading.map(\.id) } }

  /// Requests in the cache that get tokens.
  package var writerCount: Int { teams.values.reduce(0) { $0 + $1.writing.count } }

  /// Adds a request, which waits; ids grow with their age.
  package mutating func add(_ id: UInt64, for party: Party) {
    let queue = teams[party.team] ?? TeamQueue()
    if queue.isActive {
      times.setWeight(of: party.team, to: party.weight)
    } else {
      times.enter(party.team, weight: party.weight, among: activeTeams)
    }
    teams[party.team] = queue
    teams[party.team]?.insert(TeamQueue.Item(id: id, priority: party.priority), .waiting)
    places[id] = (party.team, .waiting)
  }

  /// Takes a request out.
  package mutating func remove(_ id: UInt64) {
    guard let place = places.removeValue(forKey: id) else { return }
    _ = teams[place.team]?.remove(id, place.phase)
  }

  /// From now on the request waits for something else.
  package mutating func move(_ id: UInt64, to phase: TeamQueue.Phase) {
    guard let place = places[id], place.phase != phase,
      let item = teams[place.team]?.remove(id, place.phase)
    else { return }
    teams[place.team]?.insert(item, phase)
    places[id] = (place.team, phase)
  }

  /// What a request waits for.
  package func phase(of id: UInt64) -> TeamQueue.Phase? { places[id]?.phase }

  /// The weights of the teams that have work.
  package var activeWeights: [String: Double] {
    teams.reduce(into: [:]) { weights, team in
      if team.value.isActive { weights[team.key] = times.weight(of: team.key) }
    }
  }

  /// `team` has work in `count` engines, this one among them.
  package mutating func setEngineCount(of team: String, to count: Int) {
    times.setEngineCount(of: team, to: count)
  }

  /// From now on a step gives a token to `count` sequences at most.
  package mutating func setRows(_ count: Int) {
    limits.rows = count
  }

  // MARK: One step

  /// Chooses who gets a token; beside them the step reads `promptTokens` tokens of prompts at most.
  package mutating func beginStep(promptTokens: Int = .max) -> StepPlan {
    step += 1
    var plan = StepPlan()
    // A larger batch makes each step longer. Of one team all gain by that; of several a light one would wait longer for
    // its first token, and one of much weight and few sequences would get less than its share.
    let rowLimit = teams.count > 1 ? min(limits.rows, BatchSize.least) : limits.rows
    var turns = teams.mapValues { $0.writingInTurn[...] }.filter { !$0.value.isEmpty }
    while plan.rows.count < rowLimit, let team = times.next(among: turns.keys) {
      guard let id = turns[team]?.popFirst() else { break }
      if turns[team]?.isEmpty == true { turns[team] = nil }
      plan.rows.append(id)
      teams[team]?.noteToken(id)
      serve(team, VirtualTimes.generatedCost, tokens: 1)
    }
    plan.promptBudget =
      plan.rows.isEmpty
      ? limits.promptTokensAlone : min(budget(beside: plan.rows.count), promptTokens)
    return plan
  }

  /// Whether the team of `queue` waits for its first token.
  private static func isNew(_ queue: TeamQueue) -> Bool { queue.isActive && queue.writing.isEmpty }

  /// How many tokens of prompts may be read beside `rows` sequences, of which each beyond `BatchSize.least` takes the
  /// place of one.
  private func budget(beside rows: Int) -> Int {
    let replaced = max(0, rows - BatchSize.least)
    return max(limits.promptTokens - replaced, min(limits.promptTokens, StepPace.leastTokens))
  }

  /// Whose text is to be read next; nil when the step is full or nobody's is left.
  package func nextReader(_ plan: StepPlan) -> UInt64? {
    guard plan.promptBudget > 0 else { return nil }
    var readers: [String: UInt64] = [:]
    for (team, queue) in teams where !plan.isShort || Self.isNew(queue) {
      readers[team] = reader(of: team, queue, plan)
    }
    return times.next(among: readers.keys).flatMap { readers[$0] }
  }

  private func reader(of team: String, _ queue: TeamQueue, _ plan: StepPlan) -> UInt64? {
    let reading = queue.reading.first { item in !plan.pieces.contains { $0.id == item.id } }
    guard !plan.isClosed, !plan.closedTeams.contains(team), let waiting = queue.waiting.first else {
      return reading?.id
    }
    guard let reading, reading.priority >= waiting.priority else { return waiting.id }
    return reading.id
  }

  /// Whether the team of `id` may have one more sequence in the cache: all may have their share.
  package func hasPlace(for id: UInt64) -> Bool {
    guard let team = places[id]?.team, let queue = teams[team] else { return false }
    if residentCount < limits.residents { return true }
    let weights = activeTeams.reduce(0) { $0 + times.weight(of: $1) }
    let share = Double(limits.residents) * times.weight(of: team) / weights
    return Double(queue.residentCount) < share
  }

  /// Reads as much of a request's text as the step has room for.
  ///
  /// `count` tokens are to be read, the first `freeCount` of which were paid for before.
  package mutating func read(_ id: UInt64, count: Int, freeCount: Int, in plan: inout StepPlan) {
    guard let team = places[id]?.team, let queue = teams[team] else { return }
    // Its first token comes at the end of this step: every other one at most, so that the others' prompts go on.
    if Self.isNew(queue), !wasShort, !plan.rows.isEmpty { plan.isShort = true }
    let taken = min(count, plan.promptBudget)
    let paid = max(0, taken - freeCount)
    let cost = Double(paid) * VirtualTimes.promptCost
    plan.promptBudget -= taken
    plan.pieces.append(
      StepPlan.Piece(id: id, count: taken, cost: cost, isLast: taken == count)
    )
    serve(team, cost, tokens: paid)
  }

  /// Nobody more comes into the cache in this step, as there are no pages for `id`.
  package func refuse(_ id: UInt64, in plan: inout StepPlan) { plan.isClosed = true }

  /// Nobody more of the team of `id` does.
  package func refuseTeam(of id: UInt64, in plan: inout StepPlan) {
    if let team = places[id]?.team { plan.closedTeams.insert(team) }
  }

  /// Takes a request out of the step, which costs its team nothing.
  package mutating func withdraw(_ id: UInt64, from plan: inout StepPlan) {
    guard let team = places[id]?.team else { return }
    if let index = plan.rows.firstIndex(of: id) {
      plan.rows.remove(at: index)
      serve(team, -VirtualTimes.generatedCost, tokens: -1)
    }
    if let index = plan.pieces.firstIndex(where: { $0.id == id }) {
      let piece = plan.pieces.remove(at: index)
      plan.promptBudget += piece.count
      serve(team, -piece.cost, tokens: -Int(piece.cost / VirtualTimes.promptCost))
    }
  }

  /// Settles the claims: a team that has all it asked for keeps none.
  package mutating func endStep(_ plan: StepPlan) {
    let served = Set(plan.rows + plan.pieces.filter(\.isLast).map(\.id))
    var backlogged: Set<String> = []
    for (team, queue) in teams {
      let isServed =
        queue.waiting.isEmpty && queue.reading.allSatisfy { served.contains($0.id) }
        && queue.writing.allSatisfy { served.contains($0.id) }
      if !isServed { backlogged.insert(team) }
    }
    times.settle(active: activeTeams, backlogged: backlogged)
    wasShort = plan.isShort
  }

  private var activeTeams: [String] { teams.filter { $0.value.isActive }.map(\.key) }

  private mutating func serve(_ team: String, _ cost: Double, tokens: Int) {
    times.charge(team, cost, step: step)
    teams[team]?.tokenCount += tokens
  }
}
