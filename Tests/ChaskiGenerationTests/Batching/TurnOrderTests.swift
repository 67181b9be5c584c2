import ChaskiGeneration
import Testing

/// Shares of a machine by teams whose requests go to several models, without models or time.
struct TurnOrderTests {
  typealias Load = SchedulerSimulation.Load

  /// Engines whose steps take turns; a step takes as many seconds as its tokens cost, times the engine's.
  struct Machine {
    private(set) var order = TurnOrder()
    private var engines: [(planner: SchedulerSimulation, cost: Double)] = []
    /// Seconds of computing for each team.
    private(set) var seconds: [String: Double] = [:]
    /// Whose step was the last.
    private(set) var last: Int?

    mutating func add(cost: Double, _ loads: [Load]) {
      var planner = SchedulerSimulation()
      for load in loads { planner.add(load) }
      engines.append((planner, cost))
    }

    mutating func add(_ load: Load, to engine: Int) { engines[engine].planner.add(load) }

    mutating func runStep() {
      for index in engines.indices { engines[index].planner.enter(&order, as: index) }
      guard let index = order.next(among: order.active) else {
        return
      }
      engines[index].planner.divideTeams(order)
      let before = engines[index].planner.costs
      engines[index].planner.runStep()
      var total = 0.0
      for (team, cost) in engines[index].planner.costs {
        let share = (cost - (before[team] ?? 0)) * engines[index].cost
        seconds[team, default: 0] += share
        total += share
      }
      order.charge(index, seconds: total)
      last = index
    }

    mutating func run(steps: Int) { for _ in 0..<steps { runStep() } }

    mutating func resetSeconds() { seconds = [:] }

    var shares: [String: Double] {
      let total = seconds.values.reduce(0, +)
      return seconds.mapValues { $0 / total }
    }
  }

  private static func load(
    _ team: String,
    weight: Double,
    streams: Int = 24,
    prompt: Int = 40,
    answer: Int = 30,
    goesOn: Bool = true
  ) -> Load {
    Load(
      party: Party(team: team, weight: weight),
      streams: streams,
      promptLength: prompt,
      answerLength: answer,
      goesOn: goesOn
    )
  }

  private static func shares(after steps: Int, of machine: Machine) -> [String: Double] {
    var machine = machine
    machine.run(steps: steps / 4)
    machine.resetSeconds()
    machine.run(steps: steps)
    return machine.shares
  }

  @Test(arguments: [0.001, 0.1, 1, 10])
  func `teams with a model each share the seconds by their weights, whatever a step costs`(
    cost: Double
  ) {
    var machine = Machine()
    machine.add(cost: 1, [Self.load("one", weight: 1)])
    machine.add(cost: cost, [Self.load("five", weight: 5)])
    let shares = Self.shares(after: 60_000, of: machine)
    #expect(abs((shares["five"] ?? 0) - 5 / 6.0) < 0.01, "\(shares)")
  }

  @Test(arguments: [0.1, 1, 10])
  func `a team that asks two models has its share once`(cost: Double) {
    var machine = Machine()
    machine.add(cost: 1, [Self.load("one", weight: 1), Self.load("five", weight: 5)])
    machine.add(cost: cost, [Self.load("one", weight: 1)])
    let shares = Self.shares(after: 60_000, of: machine)
    #expect(abs((shares["one"] ?? 0) - 1 / 6.0) < 0.02, "\(shares)")
  }

  @Test func `three teams that all ask three models share by their weights`() {
    var machine = Machine()
    for cost in [1.0, 3, 0.2] {
      machine.add(
        cost: cost,
        [
          Self.load("one", weight: 1), Self.load("two", weight: 2), Self.load("five", weight: 5),
        ]
      )
    }
    let shares = Self.shares(after: 60_000, of: machine)
    for (team, share) in [("one", 0.125), ("two", 0.25), ("five", 0.625)] {
      #expect(abs((shares[team] ?? 0) - share) < 0.01, "\(team): \(shares)")
    }
  }

  @Test func `an engine whose team was idle comes next, and saved up nothing`() {
    var machine = Machine()
    machine.add(cost: 1, [Self.load("heavy", weight: 1)])
    machine.add(cost: 1, [Self.load("light", weight: 1, streams: 1, answer: 1, goesOn: false)])
    machine.run(steps: 20_000)
    machine.add(Self.load("light", weight: 1, streams: 1), to: 1)
    machine.runStep()
    if machine.last != 1 { machine.runStep() }
    #expect(machine.last == 1)
    machine.add(Self.load("light", weight: 1), to: 1)
    machine.resetSeconds()
    machine.run(steps: 2_000)
    #expect(abs((machine.shares["light"] ?? 0) - 0.5) < 0.03, "\(machine.shares)")
  }

  @Test func `what nobody else wants goes to whoever wants it`() {
    var machine = Machine()
    machine.add(cost: 1, [Self.load("one", weight: 1)])
    machine.add(cost: 1, [Self.load("five", weight: 5, goesOn: false)])
    machine.run(steps: 4_000)
    machine.resetSeconds()
    machine.run(steps: 1_000)
    #expect(machine.shares["one"] == 1)
  }

  @Test func `an engine that is gone is in nobody's way`() {
    var order = TurnOrder()
    order.enter(1, for: ["a": 1])
    order.enter(2, for: ["a": 1, "b": 3])
    #expect(order.engineCount(of: "a") == 2)
    order.charge(1, seconds: 5)
    #expect(order.next(among: [1, 2]) == 2)
    order.remove(2)
    #expect(order.engineCount(of: "a") == 1)
    #expect(order.next(among: [1]) == 1)
    order.enter(3, for: ["c": 1])
    // Neither before everyone nor after.
    order.charge(3, seconds: 0.001)
    #expect(order.next(among: [1, 3]) == 1)
  }
}
