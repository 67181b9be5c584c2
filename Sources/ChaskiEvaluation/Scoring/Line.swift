// Owns: a stretch of one timeline that is to be read. Does not own: when it is read (StepQueue).

import ChaskiLayers

/// New tokens of one timeline, and what is to be learnt from the logits after the last of them.
struct Line {
  /// What the logits of one row say.
  struct Reading {
    /// The log-probability of each token that was asked about.
    var logProbabilities: [Double] = []
    /// Of each token that was asked about, whether it is the most probable.
    var areBest: [Bool] = []
    /// The most probable token.
    let best: Int32
  }

  /// The timeline, which grows by the tokens.
  let sequence: KVSequence
  /// The tokens to read, at least one.
  let tokens: [Int32]
  /// How many tokens the text has that these are a part of, as a reference reads it at once: rotary angles
  /// may depend on it.
  let textLength: Int
  /// For each of the last rows, the tokens whose probability is wanted; no more rows than tokens.
  let questions: [[Int32]]
  /// Called with one reading a question when all tokens are read; what it returns is read next.
  let whenRead: ([Reading]) throws -> [Line]

  private(set) var readCount = 0
  private(set) var readings: [Reading] = []

  init(
    sequence: KVSequence,
    tokens: [Int32],
    textLength: Int,
    questions: [[Int32]],
    whenRead: @escaping ([Reading]) throws -> [Line]
  ) {
    precondition(!tokens.isEmpty && questions.count <= tokens.count, "a line of no tokens")
    self.sequence = sequence
    self.tokens = tokens
    self.textLength = textLength
    self.questions = questions
    self.whenRead = whenRead
  }

  /// How many tokens are still to be read.
  var remainingCount: Int { tokens.count - readCount }

  /// The next `count` tokens as a part of a step.
  func input(_ count: Int) -> Step.Input {
    Step.Input(
      sequence: sequence,
      tokens: Array(tokens[readCount..<readCount + count]),
      logits: min(max(tokens.count - questions.count - readCount, 0), count)..<count,
      promptLength: textLength
    )
  }

  /// The questions of the next `count` tokens.
  func nextQuestions(_ count: Int) -> ArraySlice<[Int32]> {
    let first = tokens.count - questions.count
    return questions[max(readCount - first, 0)..<max(readCount + count - first, 0)]
  }

  /// Notes that `count` tokens more are read.
  mutating func advance(by count: Int, _ new: some Sequence<Reading>) {
    readCount += count
    readings.append(contentsOf: new)
  }
}
