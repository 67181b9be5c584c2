// Owns: a line in the list of a server's models.

package import Foundation

/// A model as lists tell it.
package struct ModelListing: Sendable {
  /// What can be told of it.
  package let description: ModelDescription
  /// Whether it is loaded.
  package let isLoaded: Bool
  /// Bytes of its weights and cache; an estimate if it was never loaded.
  package let byteCount: Int
  /// When it is unloaded if nobody asks for it; nil if nothing is planned.
  package let expiry: Date?
}
