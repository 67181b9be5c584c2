// Owns: what an administrator chooses about a key.

package import Foundation

/// What an administrator chooses about a key.
package struct KeySettings: Sendable, Hashable {
  /// What the key is for, in a few words.
  package var label: String = ""
  /// What the key may do.
  package var scopes: Set<Scope> = Scope.standard
  /// The priority of its requests within the team; nil for the team's.
  package var priority: Int?
  /// When the key stops working; nil for never.
  package var expires: Date?

  /// The usual settings: all scopes but administration, no end.
  package init() {}

  /// Checks every setting.
  ///
  /// - Throws: `TenantError.invalid`.
  func check(now: Date) throws(TenantError) {
    try TextRules.checkLabel(label, field: "label")
    if let priority { try TeamSettings.checkPriority(priority) }
    guard let expires else { return }
    let expiry = expires.timeIntervalSince(now)
    guard expiry > 0, expiry < TeamLimits.longestTime else {
      throw .invalid(
        field: "expiry",
        value: "\(expires.timeIntervalSince1970) s after 1970",
        reason: "it must be later than now, and within thirty years"
      )
    }
  }
}
