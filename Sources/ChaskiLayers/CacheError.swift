// Owns: the errors of the key/value cache.

/// Why a sequence could not grow.
package enum CacheError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The cache has no free page for more positions.
  case full(positionCapacity: Int)

  package var description: String {
    switch self {
    case .full(let capacity):
      "The key/value cache is full (\(capacity) positions): shorten the text or raise --context."
    }
  }
}
