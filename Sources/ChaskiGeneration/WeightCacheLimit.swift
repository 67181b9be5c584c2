// Owns: how much disk the weight cache may take, and how users say it.

/// The most bytes that all cached weights together may take.
package enum WeightCacheLimit: Hashable, Sendable {
  /// Half of what would be free on the disk without the cache.
  case automatic
  /// A number of bytes.
  case bytes(Int64)

  /// The limit that `text` names, or nil for no cache: `off`, `on`, or a size such as `500M` or `20G`.
  ///
  /// - Throws: `GenerationError.invalidOption` for anything else.
  package static func parse(_ text: String?) throws -> WeightCacheLimit? {
    let text = (text ?? "").lowercased()
    switch text {
    case "", "on": return .automatic
    case "off", "0": return nil
    default: break
    }
    let units: [Character: Int64] = [
      "k": 1000, "m": 1_000_000, "g": 1_000_000_000, "t": 1_000_000_000_000,
    ]
    let unit = text.last.flatMap { units[$0] }
    let digits = unit == nil ? text : String(text.dropLast())
    guard let number = Int64(digits), number > 0 else { throw invalid(text) }
    let (bytes, overflow) = number.multipliedReportingOverflow(by: unit ?? 1)
    guard !overflow else { throw invalid(text) }
    return .bytes(bytes)
  }

  /// The limit in bytes, where the cache takes `used` and the disk has `free` left, if that is known.
  package func byteCount(used: Int64, free: Int64?) -> Int64 {
    switch self {
    case .bytes(let count): return count
    case .automatic:
      guard let free else { return 0 }
      let (sum, overflow) = free.addingReportingOverflow(used)
      return (overflow ? .max : sum) / 2
    }
  }

  private static func invalid(_ text: String) -> GenerationError {
    .invalidOption(
      name: "CHASKI_WEIGHT_CACHE",
      value: text,
      allowed: "off, on, or a size such as 500M or 20G"
    )
  }
}
