// Owns: a shelf of models in a time of its own, one second after the other.

import ChaskiServer

/// Plays a shelf's actions: loads, unloads and answers that take whole seconds.
struct ShelfSimulation {
  private var shelf: ModelShelf
  private let loadSeconds: Int
  private let answerSeconds: Int
  private var second = 0
  private var lastTicket: UInt64 = 0
  /// What ends when: loads, and answers.
  private var endings: [(second: Int, model: String, isLoad: Bool)] = []
  private var askedAt: [UInt64: Int] = [:]
  private var bytes: [String: Int] = [:]

  private(set) var loads: [String: Int] = [:]
  private(set) var answers: [String: Int] = [:]
  private(set) var refusals = 0
  private(set) var longestWait = 0
  private(set) var mostBytes = 0

  /// Requests that have no model yet.
  var waitingCount: Int { askedAt.count }

  init(_ shelf: ModelShelf, loadSeconds: Int, answerSeconds: Int) {
    self.shelf = shelf
    self.loadSeconds = loadSeconds
    self.answerSeconds = answerSeconds
  }

  /// Lets time pass, with a request in each second for each model that `asking` names.
  mutating func run(seconds: Int, asking: (_ second: Int) -> [String]) {
    for _ in 0..<seconds {
      let due = endings.filter { $0.second <= second }
      endings.removeAll { $0.second <= second }
      for ending in due {
        if ending.isLoad {
          play(shelf.loaded(ending.model, byteCount: Self.size(ending.model), now: now))
        } else {
          answers[ending.model, default: 0] += 1
          play(shelf.release(ending.model, now: now))
        }
      }
      for model in asking(second) {
        lastTicket += 1
        askedAt[lastTicket] = second
        play(shelf.request(lastTicket, model, now: now))
      }
      play(shelf.advance(now))
      second += 1
    }
  }

  private var now: Duration { .seconds(second) }

  private static func size(_ model: String) -> Int { model == "c" ? 30 : 60 }

  private mutating func play(_ actions: [ModelShelf.Action]) {
    for action in actions {
      switch action {
      case .grant(let ticket, let model):
        longestWait = max(longestWait, second - (askedAt.removeValue(forKey: ticket) ?? second))
        endings.append((second + answerSeconds, model, false))
      case .refuse(let ticket, _):
        askedAt[ticket] = nil
        refusals += 1
      case .load(let model):
        loads[model, default: 0] += 1
        bytes[model] = Self.size(model)
        mostBytes = max(mostBytes, bytes.values.reduce(0, +))
        endings.append((second + loadSeconds, model, true))
      case .unload(let model):
        bytes[model] = nil
        play(shelf.unloaded(model, now: now))
      }
    }
  }
}
