// Owns: the options of a context: how long it may be, and how its keys and values are stored.

import ArgumentParser
import ChaskiTensors

/// How long a context may be, and how it is kept.
struct ContextOptions: ParsableArguments {
  @Option(
    name: [.customShort("c"), .customLong("context")],
    parsing: .unconditional,
    help: "The most tokens of prompt and answer together (default: the model's own limit)."
  )
  var contextLength: Int?

  @Option(help: "How the key/value cache is stored: f16, q8_0 (half the memory) or f32 (twice).")
  var cacheType = "f16"

  func validate() throws {
    try ValidationError.check(contextLength, from: 1, option: "context")
    _ = try storedAs()
  }

  /// The way of storing keys and values that `--cache-type` names.
  func storedAs() throws -> CacheType { try Self.cacheType(cacheType) }

  /// The way of storing keys and values that `text` names.
  static func cacheType(_ text: String) throws(ValidationError) -> CacheType {
    if let type = CacheType(rawValue: text.lowercased()) { return type }
    let known = CacheType.allCases.map(\.rawValue).joined(separator: " or ")
    throw ValidationError("--cache-type \(text): use \(known).")
  }
}
