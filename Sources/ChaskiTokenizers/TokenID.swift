// Owns: how a token is named and what kinds of token there are. Not the pieces themselves.

/// The index of a token in a vocabulary.
package typealias TokenID = Int32

/// What a token stands for.
package enum TokenKind: UInt8, Sendable {
  /// Ordinary text.
  case normal = 1
  /// What the model says when it has no token for the text.
  case unknown = 2
  /// A mark for the machine, such as the end of a turn; never part of the text.
  case control = 3
  /// Text that is always one token, whatever stands around it.
  case userDefined = 4
  /// A place in the vocabulary that nothing uses.
  case unused = 5
  /// One raw byte, for text that no other token covers.
  case byte = 6
}

extension TokenKind {
  /// Whether the token is hidden when special tokens are skipped.
  package var isSpecial: Bool { self == .control || self == .unknown }
}
