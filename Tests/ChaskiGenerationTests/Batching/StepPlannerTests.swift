import ChaskiGeneration
import Testing

/// Shares of a machine without a model: independent of time.
struct StepPlannerTests {
  typealias Load = SchedulerSimulation.Load

  private static func load(
    _ team: String,
    weight: Double = 1,
    streams: Int,
    prompt: Int = 50,
    answer: Int = 40,
    priority: Int = 0,
    goesOn: Bool = true
  ) -> Load {
    Load(
      party: Party(team: team, weight: weight, priority: priority),
      streams: streams,
      promptLength: prompt,
      answerLength: answer,
      goesOn: goesOn
    )
  }

  /// Lengths of prompts and answers.
  static let shapes: [(prompt: Int, answer: Int)] = [
    (50, 40), (400, 8), (6, 200), (1500, 30), (20, 1),
  ]

  @Test(arguments: shapes, [(16, 20), (16, 64), (64, 20), (64, 64)])
  func `saturating teams share tokens by their weights, within a point`(
    lengths: (prompt: Int, answer: Int),
    load: (rows: Int, streams: Int)
  ) {
    var machine = SchedulerSimulation(rows: load.rows)
    for (team, weight) in [("one", 1.0), ("two", 2), ("five", 5)] {
      machine.add(
        Self.load(
          team,
          weight: weight,
          streams: load.streams,
          prompt: lengths.prompt,
          answer: lengths.answer
        )
      )
    }
    machine.run(steps: 2_000)
    machine.resetCounts()
    machine.run(steps: 6_000)
    for (team, share) in [("one", 0.125), ("two", 0.25), ("five", 0.625)] {
      #expect(abs((machine.shares[team] ?? 0) - share) < 0.01, "\(team): \(machine.shares)")
    }
  }

  @Test func `teams of different lengths share the cost by their weights`() {
    var machine = SchedulerSimulation()
    machine.add(Self.load("readers", streams: 40, prompt: 900, answer: 5))
    machine.add(Self.load("writers", streams: 40, prompt: 5, answer: 300))
    machine.run(steps: 1_000)
    machine.resetCounts()
    machine.run(steps: 6_000)
    let costs = machine.costs
    let share = (costs["readers"] ?? 0) / costs.values.reduce(0, +)
    #expect(abs(share - 0.5) < 0.01, "\(costs)")
  }

  @Test(arguments: [1, 40, 72], [30, 800])
  func `a light team is read in its first step, though another queues 200 requests`(
    prompt: Int,
    otherPrompt: Int
  ) {
    var machine = SchedulerSimulation()
    machine.add(Self.load("heavy", streams: 200, prompt: otherPrompt))
    for _ in 0..<20 {
      machine.run(steps: 97)
      machine.add(Self.load("light", streams: 1, prompt: prompt - 2, answer: 3, goesOn: false))
    }
    machine.run(steps: 100)
    let delays = machine.delays["light"] ?? []
    #expect(delays.count == 20)
    #expect(delays.allSatisfy { $0 == 1 }, "\(delays)")
  }

  @Test func `a light team's answer goes on while another queues 200 requests`() {
    var machine = SchedulerSimulation()
    machine.add(Self.load("heavy", streams: 200))
    machine.run(steps: 500)
    machine.add(Self.load("light", streams: 1, prompt: 60, answer: 100, goesOn: false))
    machine.run(steps: 110)
    #expect(machine.tokens["light"] ?? 0 > 150)
  }

  @Test func `capacity that a team cannot use goes to the others`() {
    var machine = SchedulerSimulation()
    machine.add(Self.load("heavy", weight: 1, streams: 64, prompt: 4, answer: 1_000))
    machine.add(Self.load("few", weight: 9, streams: 2, prompt: 4, answer: 1_000))
    machine.run(steps: 50)
    machine.resetCounts()
    machine.run(steps: 500)
    #expect(machine.rows.count == 16)
    #expect(abs((machine.tokens["few"] ?? 0) - 2 * 500) <= 20)
    #expect((machine.tokens["heavy"] ?? 0) >= 14 * 490)
  }

  @Test(arguments: [0, 1])
  func `what a team used while others were idle is not held against it`(streams: Int) {
    var machine = SchedulerSimulation()
    machine.add(Self.load("early", streams: 64, prompt: 10, answer: 50))
    if streams > 0 {
      machine.add(Self.load("late", streams: streams, prompt: 10, answer: 50))
    }
    machine.run(steps: 5_000)
    machine.add(Self.load("late", streams: 64, prompt: 10, answer: 50))
    machine.run(steps: 50)
    machine.resetCounts()
    machine.run(steps: 400)
    #expect(abs((machine.shares["early"] ?? 0) - 0.5) < 0.03, "\(machine.shares)")
  }

  @Test func `a hundred teams of one stream and the least of weights all go on`() {
    var machine = SchedulerSimulation()
    for team in 0..<100 {
      machine.add(Self.load("team \(team)", streams: 1, prompt: 20, answer: 50))
    }
    machine.add(Self.load("least", weight: 0.1, streams: 4, prompt: 20, answer: 50))
    machine.run(steps: 1_000)
    machine.resetCounts()
    machine.run(steps: 4_000)
    let counts = (0..<100).map { machine.tokens["team \($0)"] ?? 0 }
    #expect((counts.max() ?? 0) - (counts.min() ?? 0) <= (counts.max() ?? 0) / 10)
    #expect((machine.tokens["least"] ?? 0) > 0)
  }

  @Test(arguments: 5...8) func `the sequences of a team take turns`(streams: Int) {
    var machine = SchedulerSimulation(rows: 4)
    machine.add(Self.load("team", streams: streams, prompt: 3, answer: 1_000))
    machine.run(steps: 20)
    var counts: [UInt64: Int] = [:]
    for _ in 0..<50 {
      machine.runStep()
      for id in machine.rows { counts[id, default: 0] += 1 }
    }
    #expect(counts.count == streams)
    #expect((counts.values.max() ?? 0) - (counts.values.min() ?? 0) <= 1)
  }

  @Test func `the sequences of higher priority get a token in every step`() {
    var machine = SchedulerSimulation(rows: 4)
    machine.add(Self.load("team", streams: 5, prompt: 3, answer: 1_000))
    machine.run(steps: 20)
    machine.add(Self.load("team", streams: 3, prompt: 3, answer: 1_000, priority: 1))
    machine.run(steps: 5)
    for _ in 0..<20 {
      machine.runStep()
      #expect(Set(machine.rows).isSuperset(of: [6, 7, 8]))
    }
  }

  @Test func `the cache has a place for a team that has none there`() {
    var machine = SchedulerSimulation(rows: 4)
    machine.add(Self.load("many", streams: 50, prompt: 3, answer: 10_000))
    machine.run(steps: 50)
    #expect(machine.planner.residentCount == 8)
    machine.add(Self.load("new", streams: 50, prompt: 3, answer: 10_000))
    machine.run(steps: 50)
    #expect(machine.planner.teams["new"]?.residentCount == 4)
    #expect(machine.planner.residentCount == 12)
  }

  @Test func `a step continues as many as it was last told, and twice as many have a place`() {
    var machine = SchedulerSimulation(rows: 4)
    machine.add(Self.load("many", streams: 50, prompt: 3, answer: 10_000))
    machine.run(steps: 50)
    #expect(machine.rows.count == 4)
    machine.planner.setRows(10)
    machine.run(steps: 50)
    #expect(machine.rows.count == 10 && machine.planner.residentCount == 20)
    machine.planner.setRows(5)
    machine.run(steps: 50)
    #expect(machine.rows.count == 5 && machine.planner.residentCount == 20)
  }

  @Test func `a batch is large for one team only, as others would wait for it`() {
    var machine = SchedulerSimulation(rows: 40)
    machine.add(Self.load("many", streams: 60, prompt: 20, answer: 10_000))
    machine.run(steps: 100)
    #expect(machine.rows.count == 40)
    machine.add(Self.load("new", streams: 1, prompt: 40, answer: 1, goesOn: false))
    for _ in 0..<100 {
      machine.runStep()
      #expect(machine.rows.count == BatchSize.least)
    }
    #expect(machine.delays["new"] == [1])
  }

  @Test func `a step reads nobody else's prompts beside that of a team without a token`() {
    var machine = SchedulerSimulation()
    machine.add(Self.load("many", streams: 20, prompt: 20, answer: 10_000))
    machine.run(steps: 100)
    machine.add(Self.load("many", streams: 5, prompt: 100, answer: 10_000))
    machine.add(Self.load("new", streams: 1, prompt: 40, answer: 1, goesOn: false))
    machine.runStep()
    #expect(machine.readTeams == ["new"])
    #expect(machine.delays["new"] == [1])
    machine.runStep()
    #expect(machine.readTeams == ["many"])
  }

  @Test func `teams that come again and again do not keep the prompts of others from being read`() {
    var machine = SchedulerSimulation()
    machine.add(Self.load("many", streams: 30, prompt: 500, answer: 200))
    machine.run(steps: 1_000)
    var readCount = 0
    for round in 0..<40 {
      machine.add(Self.load("team \(round)", streams: 1, prompt: 50, answer: 1, goesOn: false))
      machine.runStep()
      if machine.readTeams.contains("many") { readCount += 1 }
    }
    #expect(readCount == 20)
  }

  @Test(arguments: [(4, 72), (16, 72), (40, 48), (64, 24), (120, 8)])
  func `a sequence beyond the least batch takes the place of a token of a prompt`(
    rows: Int,
    budget: Int
  ) {
    var planner = StepPlanner(StepLimits(rows: rows, promptTokens: 72, promptTokensAlone: 144))
    for id in 1...UInt64(rows) {
      planner.add(id, for: Party(team: "a"))
      planner.move(id, to: .writing)
    }
    #expect(planner.beginStep().promptBudget == budget)
    #expect(planner.beginStep(promptTokens: 10).promptBudget == min(10, budget))
  }

  @Test func `a step reads no more of prompts than its bound, and twice as much for nobody else`() {
    var planner = StepPlanner(
      StepLimits(rows: 4, promptTokens: 10, promptTokensAlone: 20)
    )
    planner.add(1, for: Party(team: "a"))
    planner.add(2, for: Party(team: "b"))
    var plan = planner.beginStep()
    #expect(planner.nextReader(plan) == 1)
    planner.move(1, to: .reading)
    planner.read(1, count: 15, freeCount: 0, in: &plan)
    planner.move(2, to: .reading)
    #expect(planner.nextReader(plan) == 2)
    planner.read(2, count: 15, freeCount: 0, in: &plan)
    #expect(planner.nextReader(plan) == nil)
    #expect(plan.pieces.map(\.count) == [15, 5])
    #expect(plan.pieces.map(\.isLast) == [true, false])
    planner.endStep(plan)
    planner.move(1, to: .writing)
    plan = planner.beginStep()
    #expect(plan.rows == [1])
    planner.read(2, count: 100, freeCount: 0, in: &plan)
    #expect(plan.pieces.map(\.count) == [10])
  }

  @Test func `what was paid for once is free, and what is withdrawn is given back`() {
    var planner = StepPlanner(
      StepLimits(rows: 4, promptTokens: 10, promptTokensAlone: 20)
    )
    planner.add(1, for: Party(team: "a", weight: 2))
    planner.move(1, to: .reading)
    var plan = planner.beginStep()
    planner.read(1, count: 18, freeCount: 12, in: &plan)
    #expect(planner.times.time(of: "a") == 3)
    planner.withdraw(1, from: &plan)
    #expect(planner.times.time(of: "a") == 0)
    #expect(plan.isEmpty)
    #expect(plan.promptBudget == 20)
  }
}
