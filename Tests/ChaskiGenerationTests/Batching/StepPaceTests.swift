import ChaskiGeneration
import Testing

/// How much of prompts a step reads, on a machine whose times are made up.
struct StepPaceTests {
  /// A machine that takes `plain` seconds for a step's rows, and for a token at depth `d` `first + d * slope` more.
  private struct Machine {
    var plain = 0.02
    var first = 0.001
    var slope = 0.0

    func seconds(tokens: Int, depth: Int) -> Double {
      plain + Double(tokens) * (first + slope * Double(depth))
    }
  }

  @Test func `nothing is known at first, and the limit holds`() {
    #expect(StepPace(bound: .milliseconds(50), limit: 72).promptTokens == 72)
  }

  @Test func `a fast machine reads up to the limit`() {
    var pace = StepPace(bound: .milliseconds(50), limit: 72)
    for _ in 0..<5 { pace.note(rows: 8, promptTokens: 72, seconds: 0.02) }
    #expect(pace.promptTokens == 72)
  }

  @Test(arguments: [0.001, 0.002, 0.004], [0.0, 1e-6, 5e-7])
  func `reading takes about as long as it may, however deep the text is`(
    first: Double,
    slope: Double
  ) {
    let machine = Machine(first: first, slope: slope)
    var pace = StepPace(bound: .milliseconds(50), limit: 512)
    pace.note(rows: 8, promptTokens: 0, seconds: machine.plain)
    var depth = 0
    var times: [(taken: Double, least: Double)] = []
    while depth < 16_000 {
      let count = pace.promptTokens
      let seconds = machine.seconds(tokens: count, depth: depth)
      pace.note(rows: 8, promptTokens: count, seconds: seconds)
      let least = machine.seconds(tokens: StepPace.leastTokens, depth: depth) - machine.plain
      times.append((seconds - machine.plain, least))
      depth += count
    }
    // The first step knows nothing yet, the second only its mean.
    let settled = times.dropFirst(3)
    #expect(settled.allSatisfy { $0.taken <= max(0.06, $0.least) })
    #expect(settled.allSatisfy { $0.taken > 0.04 })
  }

  @Test func `a slow machine still reads`() {
    var pace = StepPace(bound: .milliseconds(50), limit: 72)
    for _ in 0..<5 { pace.note(rows: 8, promptTokens: 8, seconds: 10) }
    #expect(pace.promptTokens == StepPace.leastTokens)
    #expect(StepPace(bound: .milliseconds(1), limit: 4).promptTokens == 4)
  }

  @Test func `after a deep text a short one is soon read at full pace`() {
    var pace = StepPace(bound: .milliseconds(50), limit: 72)
    for _ in 0..<10 { pace.note(rows: 8, promptTokens: 10, seconds: 0.07) }
    #expect(pace.promptTokens < 12)
    for _ in 0..<8 { pace.note(rows: 8, promptTokens: pace.promptTokens, seconds: 0.02) }
    #expect(pace.promptTokens > 60)
  }

  @Test func `steps in which nobody gets a token teach as well`() {
    var pace = StepPace(bound: .milliseconds(50), limit: 72)
    for _ in 0..<5 { pace.note(rows: 0, promptTokens: 100, seconds: 0.5) }
    #expect(pace.promptTokens == 10)
  }

  @Test func `a planner's step reads no more than it is told`() {
    var planner = StepPlanner(
      StepLimits(rows: 4, promptTokens: 72, promptTokensAlone: 144)
    )
    #expect(planner.beginStep(promptTokens: 10).promptBudget == 144)
    planner.add(1, for: .anyone)
    planner.move(1, to: .writing)
    #expect(planner.beginStep(promptTokens: 10).promptBudget == 10)
    #expect(planner.beginStep(promptTokens: 500).promptBudget == 72)
  }
}
