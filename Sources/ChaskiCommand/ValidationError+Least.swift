// Owns: the check that most options which take a number need.

import ArgumentParser

extension ValidationError {
  /// Throws if `value` is less than `least`.
  static func check(_ value: Int?, from least: Int, option: String) throws(ValidationError) {
    if let value, value < least {
      throw ValidationError("--\(option) \(value): use \(least) or more.")
    }
  }
}
