// Owns: reading token ids from the command line.

import ArgumentParser

/// A list of token ids as users write it.
enum TokenList {
  /// The ids in `text`, separated by commas or spaces.
  static func parse(_ text: String) throws -> [Int32] {
    try text.split(whereSeparator: { $0 == "," || $0.isWhitespace }).map { part in
      guard let id = Int32(part) else {
        throw ValidationError("\(part) is not a token id: write numbers, such as 1,2,3.")
      }
      return id
    }
  }
}
