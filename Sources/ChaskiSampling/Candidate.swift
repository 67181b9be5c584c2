// Owns: a token with its logit, as one comparable number.

/// A token and its logit, packed so that the better of two is the larger number.
///
/// Better means the larger logit, and the lower id between equal ones. Comparing one integer
/// instead of two fields halves the time of selection.
struct Candidate: Comparable, Sendable {
  private let key: UInt64

  /// The token `token`, whose logit must not be NaN.
  init(token: Int32, logit: Float) {
    // Adding zero turns -0 into +0, which are equal as logits but differ as bits.
    let bits = (logit + 0).bitPattern
    let ordered = bits >> 31 == 0 ? bits | 0x8000_0000 : ~bits
    key = UInt64(ordered) << 32 | UInt64(~UInt32(bitPattern: token))
  }

  /// The token's id.
  var token: Int32 { Int32(bitPattern: ~UInt32(truncatingIfNeeded: key)) }

  /// The token's logit.
  var logit: Float {
    let ordered = UInt32(truncatingIfNeeded: key >> 32)
    return Float(bitPattern: ordered >> 31 == 1 ? ordered & 0x7fff_ffff : ~ordered)
  }

  static func < (a: Candidate, b: Candidate) -> Bool { a.key < b.key }
}
