// Owns: how long a request wants its model to stay. Source: Ollama's API reference, `keep_alive`.

import ChaskiChat

/// How long a model stays loaded after a request, as Ollama's clients say it.
package enum KeepAlive: Sendable, Equatable {
  /// Until its memory is needed.
  case forever
  /// So long after its last request; zero unloads it as soon as nobody uses it.
  case lasting(Duration)

  /// How long; nil for ever.
  var duration: Duration? {
    if case .lasting(let duration) = self { duration } else { nil }
  }

  /// The field `keep_alive`: seconds as a number, or a text such as `10m`, `1h30m` or `-1`.
  ///
  /// - Throws: `ServerError.field`.
  package init?(_ fields: RequestFields) throws(ServerError) {
    guard let value = fields["keep_alive"] else { return nil }
    let seconds = RequestFields.double(value) ?? value.string.flatMap(Self.seconds)
    guard let seconds, seconds.isFinite else {
      throw .field("keep_alive", expected: "seconds, or a duration such as \"10m\"")
    }
    // Nobody waits for a century, and a Duration cannot hold every number.
    self = seconds < 0 ? .forever : .lasting(.seconds(min(seconds, 4e9)))
  }

  /// The seconds of a duration as Go writes it: numbers with units, one after the other; a bare number is seconds.
  static func seconds(_ text: String) -> Double? {
    if let number = Double(text) { return number }
    let isNegative = text.hasPrefix("-")
    var rest = Substring(isNegative ? text.dropFirst() : text[...])
    var sum = 0.0
    guard !rest.isEmpty else { return nil }
    while !rest.isEmpty {
      let digits = rest.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
      rest = rest.dropFirst(digits.count)
      let unit = rest.prefix { $0.isLetter }
      rest = rest.dropFirst(unit.count)
      guard let number = Double(digits), let length = units[String(unit)] else { return nil }
      sum += number * length
    }
    return isNegative ? -sum : sum
  }

  private static let units = [
    "ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1, "m": 60, "h": 3600,
  ]
}
