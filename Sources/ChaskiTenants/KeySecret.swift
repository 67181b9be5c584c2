// Owns: the form of keys' secrets, and what is kept of them.

import Crypto
import Foundation

/// Secrets of keys: `chaski-` and 43 random letters and digits.
///
/// 62^43 is over 2^256, so a secret cannot be guessed, whatever the hash costs; a slow hash would protect passwords that
/// people choose, and here only make every request slow (docs/decisions/0015-the-ledger-is-sqlite.md).
enum KeySecret {
  /// What every secret begins with, so that scanners for leaked secrets can know it.
  static let mark = "chaski-"
  /// How many random characters follow.
  static let randomCount = 43
  /// How much of a secret is kept in clear: the mark and 6 characters, which leave over 220 bits unknown.
  static let prefixLength = mark.utf8.count + 6

  private static let alphabet = Array(
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
  )

  /// A new secret from the system's source of secure random numbers.
  static func make() -> String {
    var generator = SystemRandomNumberGenerator()
    var secret = mark
    for _ in 0..<randomCount {
      secret.append(alphabet[Int.random(in: 0..<alphabet.count, using: &generator)])
    }
    return secret
  }

  /// Whether a text could be a secret; what could not is refused without asking the database.
  static func isWellFormed(_ text: String) -> Bool {
    let bytes = text.utf8
    guard bytes.count == mark.utf8.count + randomCount, text.hasPrefix(mark) else { return false }
    return bytes.dropFirst(mark.utf8.count).allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "a")...UInt8(ascii: "z"):
        true
      default: false
      }
    }
  }

  /// The SHA-256 (FIPS 180-4) of a secret, by which it is found.
  static func hash(_ secret: String) -> Data { Data(SHA256.hash(data: Data(secret.utf8))) }
}
