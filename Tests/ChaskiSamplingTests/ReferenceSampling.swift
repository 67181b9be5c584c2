// Owns: every stage written plainly and slowly from its source, to check the fast ones against.
// Not here: anything of the module under test.

import Foundation

/// The stages on a dictionary from token to logit, with full sorts and the C library's functions.
enum Reference {
  typealias Logits = [Int32: Double]

  static func softmax(_ logits: Logits) -> [Int32: Double] {
    let largest = logits.values.max() ?? 0
    let weights = logits.mapValues { exp($0 - largest) }
    let total = weights.values.sorted().reduce(0, +)
    return weights.mapValues { $0 / total }
  }

  /// Best first; the lower id between equal ones.
  static func ranked(_ values: [Int32: Double]) -> [(token: Int32, value: Double)] {
    values.map { (token: $0.key, value: $0.value) }
      .sorted { $0.value != $1.value ? $0.value > $1.value : $0.token < $1.token }
  }

  static func entropy(_ probabilities: [Int32: Double]) -> Double {
    -probabilities.values.filter { $0 > 0 }.map { $0 * log($0) }.reduce(0, +)
  }

  static func topK(_ logits: Logits, _ k: Int) -> Logits {
    keep(logits, ranked(logits).prefix(k).map(\.token))
  }

  static func topP(_ logits: Logits, _ p: Double) -> Logits {
    keep(logits, untilReaching(p, ranked(softmax(logits))))
  }

  static func minP(_ logits: Logits, _ p: Double) -> Logits {
    let probabilities = softmax(logits)
    let bound = p * (probabilities.values.max() ?? 0)
    return logits.filter { (probabilities[$0.key] ?? 0) >= bound }
  }

  static func typical(_ logits: Logits, _ p: Double) -> Logits {
    let probabilities = softmax(logits)
    let entropy = entropy(probabilities)
    // Negative distances, so that the nearest ranks first.
    let order = ranked(probabilities.mapValues { -abs(-log($0) - entropy) })
    return keep(logits, untilReaching(p, order.map { ($0.token, probabilities[$0.token] ?? 0) }))
  }

  static func topNSigma(_ logits: Logits, _ n: Double) -> Logits {
    let mean = logits.values.reduce(0, +) / Double(logits.count)
    let variance = logits.values.map { ($0 - mean) * ($0 - mean) }.reduce(0, +)
    let deviation = sqrt(variance / Double(logits.count))
    let bound = (logits.values.max() ?? 0) - n * deviation
    return logits.filter { $0.value >= bound }
  }

  static func excludeTopChoices(_ logits: Logits, _ threshold: Double) -> Logits {
    let choices = ranked(softmax(logits)).filter { $0.value >= threshold }
    let excluded = Set(choices.dropLast().map(\.token))
    return logits.filter { !excluded.contains($0.key) }
  }

  static func temperature(_ logits: Logits, _ temperature: Double) -> Logits {
    logits.mapValues { $0 / temperature }
  }

  static func dynamicTemperature(
    _ logits: Logits,
    _ middle: Double,
    range: Double,
    exponent: Double
  ) -> Logits {
    let share = entropy(softmax(logits)) / log(Double(logits.count))
    let low = max(0, middle - range)
    return temperature(logits, low + (middle + range - low) * pow(share, exponent))
  }

  static func penalties(
    _ logits: Logits,
    window: [Int32],
    repetition: Double,
    presence: Double,
    frequency: Double
  ) -> Logits {
    var logits = logits
    for token in Set(window) {
      guard let logit = logits[token] else { continue }
      let count = Double(window.filter { $0 == token }.count)
      let repeated = logit > 0 ? logit / repetition : logit * repetition
      logits[token] = repeated - presence - count * frequency
    }
    return logits
  }

  /// The author's loops: every earlier copy of the last token is followed backwards.
  static func dryPenalties(
    _ tokens: [Int32],
    breakers: Set<Int32>,
    multiplier: Double,
    base: Double,
    allowedLength: Int
  ) -> [Int32: Double] {
    guard let last = tokens.last, !breakers.contains(last) else { return [:] }
    var lengths: [Int32: Int] = [:]
    for index in tokens.indices.dropLast() where tokens[index] == last {
      let next = tokens[index + 1]
      if breakers.contains(next) { continue }
      var length = 1
      while index - length >= 0, tokens[index - length] == tokens[tokens.count - 1 - length],
        !breakers.contains(tokens[index - length])
      {
        length += 1
      }
      lengths[next] = max(lengths[next] ?? 0, length)
    }
    return lengths.filter { $0.value >= allowedLength }
      .mapValues { multiplier * pow(base, Double($0 - allowedLength)) }
  }

  /// Mirostat 1's count of candidates, from the paper's algorithm 1.
  static func mirostatCount(_ logits: Logits, mu: Double, vocabularyCount: Int) -> Int {
    let probabilities = ranked(softmax(logits)).map(\.value)
    var products = 0.0
    var squares = 0.0
    for i in 1..<min(100, probabilities.count) {
      let t = log(Double(i + 1) / Double(i))
      let b = log(probabilities[i - 1] / probabilities[i])
      products += t * b
      squares += t * t
    }
    let s = products / squares
    let epsilon = s - 1
    let n = Double(vocabularyCount)
    return Int(pow(epsilon * pow(2, mu) / (1 - pow(n, -epsilon)), 1 / s))
  }

  private static func untilReaching(
    _ p: Double,
    _ order: [(token: Int32, value: Double)]
  ) -> [Int32] {
    var reached = 0.0
    var kept: [Int32] = []
    for (token, probability) in order where kept.isEmpty || reached < p {
      reached += probability
      kept.append(token)
    }
    return kept
  }

  private static func keep(_ logits: Logits, _ tokens: some Sequence<Int32>) -> Logits {
    let tokens = Set(tokens)
    return logits.filter { tokens.contains($0.key) }
  }
}

/// The C library's logarithm.
func referenceLog(_ x: Double) -> Double { log(x) }
