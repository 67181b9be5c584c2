// Owns: one file of the weight cache, and which ones make room for another. Pure: no disk.

package import Foundation

/// A file of packed weights in the cache.
package struct WeightCacheEntry: Hashable, Sendable {
  /// The file.
  package let url: URL
  /// Its size.
  package let byteCount: Int64
  /// When it was last mapped, or written.
  package let lastUse: Date

  /// An entry.
  package init(url: URL, byteCount: Int64, lastUse: Date) {
    self.url = url
    self.byteCount = byteCount
    self.lastUse = lastUse
  }
}

extension [WeightCacheEntry] {
  /// Bytes of all.
  package var byteCount: Int64 { reduce(0) { $0 + $1.byteCount } }

  /// Those to remove so that `byteCount` more fit under `limit`, least recently used first.
  ///
  /// Nil if so many never fit: then nothing is removed for nothing.
  package func victims(addingByteCount byteCount: Int64, limit: Int64) -> [WeightCacheEntry]? {
    guard byteCount <= limit else { return nil }
    var excess = self.byteCount - (limit - byteCount)
    var victims: [WeightCacheEntry] = []
    for entry in sorted(by: { ($0.lastUse, $0.url.path) < ($1.lastUse, $1.url.path) }) {
      guard excess > 0 else { break }
      victims.append(entry)
      excess -= entry.byteCount
    }
    return victims
  }
}
