// Owns: the option and the environment variable that say whether packed weights are kept.

import ArgumentParser
import ChaskiGeneration
import ChaskiHub
import Foundation

/// Whether a command maps and keeps packed weights.
struct WeightCacheArguments: ParsableArguments {
  @Flag(
    name: .customLong("no-weight-cache"),
    help: "Neither use nor keep prepared weights (CHASKI_WEIGHT_CACHE=off, or its size: 20G)."
  )
  var isOff = false

  /// The cache beside this user's models, or nil if it is off.
  func cache() throws -> WeightCache? { isOff ? nil : try Self.userCache() }

  /// The cache beside this user's models, or nil if `CHASKI_WEIGHT_CACHE` says so.
  static func userCache() throws -> WeightCache? {
    let setting = ProcessInfo.processInfo.environment["CHASKI_WEIGHT_CACHE"]
    guard let limit = try WeightCacheLimit.parse(setting) else { return nil }
    return WeightCache(folder: try folder(), limit: limit)
  }

  /// Where this user's packed weights lie, whether they are used or not.
  static func folder() throws -> URL { try ModelOpener.library().settings.weightsDirectory }
}
