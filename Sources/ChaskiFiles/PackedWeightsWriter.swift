// Owns: writing packed weights so that a later start can map them. Does not own: reading them
// (PackedWeightsFile, which states the format), which are kept and for how long (ChaskiGeneration).

package import ChaskiTensors

/// Writes a model's packed weights, whole or not at all.
package struct PackedWeightsWriter: Sendable {
  private let header: PackedWeightsHeader

  /// A writer of the matrices at `placements`, by name, packed from the model at `modelPath`.
  package init(key: UInt64, modelPath: String, placements: [String: PackedPlacement]) {
    header = PackedWeightsHeader(key: key, modelPath: modelPath, placements: placements)
  }

  /// Writes what `weights` holds to `path`.
  ///
  /// The file has its name only when its bytes are on the disk. Takes as long as the disk needs;
  /// `isCancelled` is asked every few megabytes.
  ///
  /// - Returns: Whether the file was written; false if it was cancelled.
  /// - Throws: `FileError.cannotWrite`.
  package func write(
    _ weights: WeightArena,
    to path: String,
    isCancelled: () -> Bool = { false }
  ) throws(FileError) -> Bool {
    let bytes = weights.usedBytes
    var file = try AtomicFile(path: path)
    try file.write(header.bytes(for: bytes))
    try file.pad(to: PackedWeightsLimits.payloadAlignment)
    // Long writes that begin on a multiple of a huge page let the system keep the file in huge pages,
    // which the next start then maps as they are.
    let pieceByteCount = 4 << 20
    for start in stride(from: 0, to: bytes.byteCount, by: pieceByteCount) {
      if isCancelled() { return false }
      try file.write(bytes.extracting(start..<min(start + pieceByteCount, bytes.byteCount)))
    }
    try file.commit()
    return true
  }

  /// Removes the file at `path` if it is one of a writer that ended before it was done.
  ///
  /// - Returns: Whether it was removed; false while its writer is at work.
  package static func removeAbandoned(_ path: String) -> Bool {
    AtomicFile.removeAbandoned(path)
  }
}
