// Owns: how many tokens a plan may use, and keeping it to what its team has left.

import ChaskiGeneration

extension AnswerPlan {
  /// The shortest bound that an answer without one of its own is given where a budget ends; less is no answer.
  private static let leastAnswerCount = 256

  /// How many tokens the answers may use, with their prompts.
  var tokenDemand: TokenDemand {
    var demand = TokenDemand()
    for choice in choices {
      let prompt = choice.request.prompt.count
      let room = room(of: choice)
      let bound = choice.request.maximumTokens.map { min($0, room) }
      demand.most += prompt + (bound ?? room)
      demand.least += prompt + (bound ?? min(Self.leastAnswerCount, room))
    }
    return demand
  }

  /// Bounds the answers that have no bound of their own, so that all together use at most `count` tokens.
  ///
  /// `count` is not less than the demand's least.
  mutating func bound(to count: Int) {
    let demand = tokenDemand
    let open = choices.indices.filter { choices[$0].request.maximumTokens == nil }
    guard count < demand.most, !open.isEmpty else { return }
    let share = max(count - demand.least, 0) / open.count
    for index in open {
      let room = room(of: choices[index])
      choices[index].request.maximumTokens = min(room, min(Self.leastAnswerCount, room) + share)
    }
  }

  private func room(of choice: Choice) -> Int {
    max(model.engine.contextLength - choice.request.prompt.count, 0)
  }
}
