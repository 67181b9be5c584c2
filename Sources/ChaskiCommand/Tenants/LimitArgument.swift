// Owns: the value of an option that takes a limit away with `none`.

import ArgumentParser

/// A limit, or `none`.
struct LimitArgument<Value: LosslessStringConvertible & Sendable>: ExpressibleByArgument, Sendable {
  /// The limit; nil for `none`.
  let value: Value?

  init?(argument: String) {
    if argument == "none" {
      value = nil
    } else {
      guard let value = Value(argument) else { return nil }
      self.value = value
    }
  }
}
