// Owns: how many pages a sequence needs, where layers keep only what they can still see.

extension CacheLayout {
  /// How many positions a sequence can always be taken back by, unless it is shorter.
  ///
  /// Layers that do not see the whole past keep so many positions more than they see, for guesses that are
  /// given up and for a prompt that differs in its last few tokens. One page.
  package static let rewindLength = pageLength
}

extension CacheLayout.Group {
  /// The first position that is kept when a sequence of `length` positions grows.
  package func firstPositionKept(atLength length: Int) -> Int {
    span.firstPosition(seenFrom: max(0, length - CacheLayout.rewindLength))
  }

  /// The most pages that a sequence of up to `contextLength` positions holds, when it grows by up to
  /// `stepLength` at once; one more than it can see, for a tail that is copied before it is written.
  package func pageLimit(contextLength: Int, stepLength: Int) -> Int {
    let all = contextLength / CacheLayout.pageLength + 2
    switch span {
    case .all: return all
    case .window(let length), .chunk(let length):
      // The first and the last page may hold one position each.
      let (positions, overflow) = length.addingReportingOverflow(
        CacheLayout.rewindLength + stepLength
      )
      return overflow ? all : min(all, positions / CacheLayout.pageLength + 3)
    }
  }
}
