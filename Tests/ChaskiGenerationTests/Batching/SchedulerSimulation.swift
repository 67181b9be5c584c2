// Owns: a machine without a model, on which the planner's choices can be counted.

import ChaskiGeneration

/// Teams whose requests are planned, step after step, and cost nothing.
struct SchedulerSimulation {
  /// What a team asks for: so many requests at once, each followed by the next.
  struct Load {
    var party: Party
    var streams: Int
    var promptLength: Int
    var answerLength: Int
    /// Whether an answer that ends is followed by a new request.
    var goesOn = true
  }

  private struct Request {
    let load: Load
    var unread: Int
    var generated = 0
    let submittedAt: Int
  }

  var planner: StepPlanner
  private var requests: [UInt64: Request] = [:]
  private var lastID: UInt64 = 0
  private(set) var step = 0
  /// Tokens read and generated for each team.
  private(set) var tokens: [String: Int] = [:]
  /// The same by what they cost.
  private(set) var costs: [String: Double] = [:]
  /// Steps from each request to its first token.
  private(set) var delays: [String: [Int]] = [:]
  /// Rows of the last step.
  private(set) var rows: [UInt64] = []
  /// Teams of which the last step read prompts.
  private(set) var readTeams: Set<String> = []

  init(rows: Int = 16, promptTokens: Int = 72) {
    planner = StepPlanner(
      StepLimits(
        rows: rows,
        promptTokens: promptTokens,
        promptTokensAlone: 2 * promptTokens
      )
    )
  }

  mutating func add(_ load: Load) {
    for _ in 0..<load.streams { submit(load) }
  }

  @discardableResult
  private mutating func submit(_ load: Load) -> UInt64 {
    lastID += 1
    // Prompts differ a little, so that teams do not march in step.
    let unread = max(1, load.promptLength + Int(lastID * 7 % 5) - 2)
    requests[lastID] = Request(load: load, unread: unread, submittedAt: step)
    planner.add(lastID, for: load.party)
    return lastID
  }

  /// Says in `order` for whom there is work.
  func enter(_ order: inout TurnOrder, as engine: Int) {
    order.enter(engine, for: planner.activeWeights)
  }

  /// Divides the teams' weights among the engines in which they have work.
  mutating func divideTeams(_ order: TurnOrder) {
    for team in planner.activeWeights.keys {
      planner.setEngineCount(of: team, to: order.engineCount(of: team))
    }
  }

  mutating func resetCounts() {
    tokens = [:]
    costs = [:]
    delays = [:]
  }

  mutating func run(steps: Int) {
    for _ in 0..<steps { runStep() }
  }

  mutating func runStep() {
    step += 1
    var plan = planner.beginStep()
    rows = plan.rows
    while let id = planner.nextReader(plan), let request = requests[id] {
      guard planner.phase(of: id) == .reading || planner.hasPlace(for: id) else {
        planner.refuseTeam(of: id, in: &plan)
        continue
      }
      planner.move(id, to: .reading)
      planner.read(id, count: request.unread, freeCount: 0, in: &plan)
    }
    planner.endStep(plan)
    readTeams = Set(plan.pieces.compactMap { requests[$0.id]?.load.party.team })
    for id in plan.rows { generate(id, VirtualTimes.generatedCost, 1) }
    for piece in plan.pieces {
      requests[piece.id]?.unread -= piece.count
      count(piece.id, piece.cost, piece.count)
      if piece.isLast {
        planner.move(piece.id, to: .writing)
        generate(piece.id, 0, 0)
      }
    }
  }

  private mutating func count(_ id: UInt64, _ cost: Double, _ count: Int) {
    guard let team = requests[id]?.load.party.team else { return }
    tokens[team, default: 0] += count
    costs[team, default: 0] += cost
  }

  private mutating func generate(_ id: UInt64, _ cost: Double, _ number: Int) {
    count(id, cost, number)
    requests[id]?.generated += 1
    guard let request = requests[id] else { return }
    if request.generated == 1 {
      delays[request.load.party.team, default: []].append(step - request.submittedAt)
    }
    guard request.generated >= request.load.answerLength else { return }
    planner.remove(id)
    requests[id] = nil
    if request.load.goesOn { submit(request.load) }
  }

  /// Each team's share of all tokens.
  var shares: [String: Double] {
    let total = Double(tokens.values.reduce(0, +))
    return tokens.mapValues { Double($0) / total }
  }
}
