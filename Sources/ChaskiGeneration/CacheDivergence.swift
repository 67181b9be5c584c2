// Owns: what an answer says of the cache: how far its prompt was known, and why no further.
// Does not own: finding it (BatchCache).

/// Where a prompt and the texts in the cache part, as far as the prompt's own scope goes.
package struct CacheDivergence: Sendable, Equatable {
  /// Why no more of the prompt was taken from the cache.
  package enum Reason: String, Sendable {
    /// The scope has no text in the cache.
    case nothingCached = "nothing_cached"
    /// The closest text goes on with another token.
    case differentText = "different_text"
    /// The closest text ends, and the prompt goes on.
    case endOfCachedText = "end_of_cached_text"
    /// The closest text agrees, but is still being written, and shares only its whole pages.
    case pageBoundary = "page_boundary"
    /// The closest text agrees, but what a layer would need of it is gone, or its angles are others.
    case notRestorable = "not_restorable"
  }

  /// The prompt's first token that the closest text does not have; where they agree, the first that was not taken.
  package let token: Int
  /// Why no more was taken.
  package let reason: Reason

  /// They part at `token` for `reason`.
  package init(token: Int, reason: Reason) {
    self.token = token
    self.reason = reason
  }
}
