// Owns: the folder of packed weights: finding, writing, evicting, removing.
// Does not own: the files' format (ChaskiFiles), where the folder is (its user), when weights are
// written (WeightSaving).

import ChaskiCheckpoints
import ChaskiFiles
import ChaskiModels
import ChaskiTensors
package import Foundation

/// Weights that earlier starts have packed, so that the next one maps them instead of packing again.
///
/// Nothing depends on it: a folder that is missing, read-only or full, or a file that is damaged, means
/// that weights are packed as if there were no cache. Processes share a folder without locks: a file
/// has its name only when it is whole, and one that is removed stays with those who have it mapped.
package struct WeightCache: Sendable {
  /// The folder; it need not exist.
  package let folder: URL
  /// What all files together may take.
  package let limit: WeightCacheLimit
  /// Models with fewer bytes of tensors are not kept.
  package let minimumByteCount: Int

  /// Packing less than this takes less time than anybody notices (docs/decisions/0007).
  package static let usualMinimumByteCount = 256_000_000

  /// A cache in `folder`.
  package init(
    folder: URL,
    limit: WeightCacheLimit = .automatic,
    minimumByteCount: Int = usualMinimumByteCount
  ) {
    self.folder = folder
    self.limit = limit
    self.minimumByteCount = minimumByteCount
  }

  private static let suffix = ".packed"

  /// The files of the cache, in no order.
  package func entries() -> [WeightCacheEntry] {
    names().filter { $0.hasSuffix(Self.suffix) }.compactMap { name in
      let url = folder.appending(path: name)
      guard let attributes = try? FileManager.default.attributesOfItem(atPath: url.path),
        attributes[.type] as? FileAttributeType == .typeRegular,
        let size = attributes[.size] as? NSNumber,
        let date = attributes[.modificationDate] as? Date
      else { return nil }
      return WeightCacheEntry(url: url, byteCount: size.int64Value, lastUse: date)
    }
  }

  /// Removes everything.
  ///
  /// - Returns: How many bytes that freed.
  @discardableResult
  package func removeAll() -> Int64 {
    removeAbandoned()
    return remove(entries())
  }

  /// Removes weights whose model is no longer there, and files that no version of Chaski reads.
  ///
  /// - Returns: How many bytes that freed.
  @discardableResult
  package func removeOrphans() -> Int64 {
    remove(
      entries().filter { entry in
        guard let file = try? PackedWeightsFile(path: entry.url.path) else { return true }
        return !FileManager.default.fileExists(atPath: file.modelPath)
      }
    )
  }

  /// Whether the weights of `checkpoint` are worth keeping.
  func keeps(_ checkpoint: any Checkpoint) -> Bool {
    checkpoint.tensorByteCount >= minimumByteCount
  }

  /// What packed weights of `checkpoint` are found by.
  func key(for checkpoint: any Checkpoint) -> UInt64 {
    var hash = ContentHash()
    hash.add(checkpoint.fingerprint())
    hash.add(ModelSource.layoutFingerprint(of: checkpoint))
    return hash.value
  }

  /// The weights that were kept under `key`, or nil; a file that is damaged is removed.
  ///
  /// They are brought into memory if there are `memory` bytes of it for them, or that is nil; `progress` is
  /// told how many are there. Else they are read as they are needed.
  func stored(
    _ key: UInt64,
    memory: Int?,
    progress: (_ byteCount: Int, _ totalByteCount: Int) -> Void
  ) -> PackedWeightsFile? {
    let url = url(key)
    do {
      let stored = try PackedWeightsFile(path: url.path)
      guard stored.key == key else {
        remove(key)
        return nil
      }
      try stored.prepare(prefetching: stored.payloadByteCount <= memory ?? .max) {
        progress($0, stored.payloadByteCount)
      }
      // What was used last is evicted last.
      try? FileManager.default.setAttributes([.modificationDate: Date()], ofItemAtPath: url.path)
      return stored
    } catch FileError.notFound {
      return nil
    } catch {
      remove(key)
      return nil
    }
  }

  /// Removes what is kept under `key`.
  func remove(_ key: UInt64) {
    try? FileManager.default.removeItem(at: url(key))
  }

  /// Writes `weights` under `key`, if there is room for them, and makes room by removing others.
  ///
  /// - Returns: Whether they are kept now.
  func save(
    _ weights: WeightArena,
    placements: [String: PackedPlacement],
    of checkpoint: any Checkpoint,
    key: UInt64,
    isCancelled: () -> Bool
  ) -> Bool {
    guard makeRoom(weights.usedByteCount, for: checkpoint, key: key) else { return false }
    let writer = PackedWeightsWriter(
      key: key,
      modelPath: modelPath(checkpoint),
      placements: placements
    )
    guard checkpoint.isUnchanged else { return false }
    return (try? writer.write(weights, to: url(key).path, isCancelled: isCancelled)) ?? false
  }

  /// A file under `key` that at most `byteCount` bytes of weights can be packed into; nil without room for it.
  func draft(byteCount: Int, of checkpoint: any Checkpoint, key: UInt64) -> PackedWeightsDraft? {
    guard makeRoom(byteCount, for: checkpoint, key: key) else { return nil }
    return try? PackedWeightsDraft(
      path: url(key).path,
      key: key,
      modelPath: modelPath(checkpoint),
      byteCount: byteCount
    )
  }

  /// Removes what is no longer of use, then what was not used for longest, until `weightByteCount` bytes of
  /// weights fit; says whether they do.
  private func makeRoom(
    _ weightByteCount: Int,
    for checkpoint: any Checkpoint,
    key: UInt64
  ) -> Bool {
    try? FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    removeAbandoned()
    // Another process may be writing the same.
    guard !names().contains(where: { $0.hasPrefix(name(key)) }) else { return false }
    let modelPath = modelPath(checkpoint)
    removeOrphans()
    remove(
      entries().filter { (try? PackedWeightsFile(path: $0.url.path))?.modelPath == modelPath }
    )
    let byteCount = Int64(weightByteCount) + 4_000_000  // the header and its padding
    let entries = entries()
    let free = freeByteCount()
    let limit = limit.byteCount(used: entries.byteCount, free: free)
    guard let victims = entries.victims(addingByteCount: byteCount, limit: limit),
      byteCount <= (free ?? 0) + victims.byteCount
    else { return false }
    remove(victims)
    return true
  }

  /// Absolute, because another process has another folder to start from.
  private func modelPath(_ checkpoint: any Checkpoint) -> String {
    URL(filePath: checkpoint.path).standardizedFileURL.path
  }

  private func name(_ key: UInt64) -> String {
    let digits = String(key, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits + Self.suffix
  }

  private func url(_ key: UInt64) -> URL { folder.appending(path: name(key)) }

  private func names() -> [String] {
    (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
  }

  @discardableResult
  private func remove(_ entries: [WeightCacheEntry]) -> Int64 {
    var freed: Int64 = 0
    for entry in entries where (try? FileManager.default.removeItem(at: entry.url)) != nil {
      freed += entry.byteCount
    }
    return freed
  }

  /// Removes what processes left that ended while they wrote.
  private func removeAbandoned() {
    for name in names() where name.contains(Self.suffix + ".") {
      _ = PackedWeightsWriter.removeAbandoned(folder.appending(path: name).path)
    }
  }

  private func freeByteCount() -> Int64? {
    let attributes = try? FileManager.default.attributesOfFileSystem(forPath: folder.path)
    return (attributes?[.systemFreeSize] as? NSNumber)?.int64Value
  }
}
