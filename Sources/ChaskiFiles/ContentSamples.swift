// Owns: which few bytes of a large file stand for all of it.

/// Spots spread evenly over a range of bytes, for a check that costs the same for every size.
///
/// They notice that another file took the place of the one that was seen, or that parts of it are
/// missing; a change of single bytes mostly escapes them.
enum ContentSamples {
  /// Bytes of one spot.
  static let byteCount = 256

  /// The spots: at most `count`, the last at the range's end.
  static func ranges(_ count: Int, over range: Range<Int>) -> [Range<Int>] {
    guard range.count > byteCount else { return range.isEmpty ? [] : [range] }
    let last = range.count - byteCount
    let count = max(min(count, range.count / byteCount), 2)
    return (0..<count).map { index in
      // Divided first: the product of a file's size and the count need not fit.
      let start =
        range.lowerBound + last / (count - 1) * index + last % (count - 1) * index / (count - 1)
      return start..<start + byteCount
    }
  }
}
