// Owns: finding one string in another in time linear in both, whatever they hold.

/// A string prepared for being searched for.
///
/// Short needles are compared in place; longer ones use the failure function of Knuth, Morris and
/// Pratt (1977, https://doi.org/10.1137/0206024), so that no pair of strings makes a search
/// quadratic.
struct TextSearch {
  private let needle: [UInt32]
  private let failures: [Int]

  private static let longestNaive = 8

  init(_ needle: Text) {
    var scalars: [UInt32] = []
    scalars.reserveCapacity(needle.count)
    for unit in needle.units { scalars.append(unit & Text.scalarMask) }
    self.needle = scalars
    var failures: [Int] = []
    if scalars.count > Self.longestNaive {
      failures = Array(repeating: 0, count: scalars.count)
      var matched = 0
      for index in 1..<scalars.count {
        while matched > 0, scalars[index] != scalars[matched] { matched = failures[matched - 1] }
        if scalars[index] == scalars[matched] { matched += 1 }
        failures[index] = matched
      }
    }
    self.failures = failures
  }

  /// The first place of the needle at or after `start` that ends by `end`.
  func first(in text: Text, from start: Int = 0, to end: Int? = nil) -> Int? {
    let end = end ?? text.count
    guard start >= 0, start + needle.count <= end else { return nil }
    if needle.isEmpty { return start }
    return failures.isEmpty
      ? firstNaive(in: text, from: start, to: end) : firstLinear(in: text, from: start, to: end)
  }

  private func firstNaive(in text: Text, from start: Int, to end: Int) -> Int? {
    search: for candidate in start...(end - needle.count) {
      for offset in needle.indices where text.scalar(candidate + offset) != needle[offset] {
        continue search
      }
      return candidate
    }
    return nil
  }

  private func firstLinear(in text: Text, from start: Int, to end: Int) -> Int? {
    var matched = 0
    for index in start..<end {
      let scalar = text.scalar(index)
      while matched > 0, scalar != needle[matched] { matched = failures[matched - 1] }
      if scalar == needle[matched] { matched += 1 }
      if matched == needle.count { return index - needle.count + 1 }
    }
    return nil
  }

  /// The places of the needle, from the left and not overlapping, at most `limit` of them.
  func all(in text: Text, limit: Int = .max) -> [Int] {
    var places: [Int] = []
    var start = 0
    while places.count < limit, let place = first(in: text, from: start) {
      places.append(place)
      // An empty needle is found before every code point and at the end.
      start = place + max(1, needle.count)
    }
    return places
  }
}
