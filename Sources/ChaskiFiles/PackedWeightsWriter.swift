// Owns: writing packed weights so that a later start can map them. Does not own: reading them
// (PackedWeightsFile, which states the format), which are kept and for how long (ChaskiGeneration).

package import ChaskiTensors

/// Writes a model's packed weights, whole or not at all.
package struct PackedWeightsWriter: Sendable {
  private let key: UInt64
  private let modelPath: String
  private let placements: [(name: String, placement: PackedPlacement)]

  /// A writer of the matrices at `placements`, by name, packed from the model at `modelPath`.
  package init(key: UInt64, modelPath: String, placements: [String: PackedPlacement]) {
    self.key = key
    self.modelPath = modelPath
    self.placements = placements.sorted { $0.value.offset < $1.value.offset }
      .map { ($0.key, $0.value) }
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
    var header = header(for: bytes)
    header.append(
      contentsOf: repeatElement(0, count: Self.payloadOffset(after: header.count) - header.count)
    )
    try file.write(header)
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

  private static func payloadOffset(after headerByteCount: Int) -> Int {
    let alignment = PackedWeightsLimits.payloadAlignment
    return (headerByteCount + alignment - 1) / alignment * alignment
  }

  private func header(for bytes: RawSpan) -> [UInt8] {
    let ranges = ContentSamples.ranges(PackedWeightsLimits.samples, over: 0..<bytes.byteCount)
    // Numbers have one size each, so the header is as long with the offset as without it.
    let length = body(payloadOffset: 0, bytes, ranges).count + Self.fixedByteCount
    let body = body(payloadOffset: Self.payloadOffset(after: length), bytes, ranges)
    var hash = ContentHash()
    hash.add(body)
    var header = PackedWeightsLimits.magic
    header.append(integer: PackedWeightsLimits.version)
    header.append(integer: UInt64(body.count))
    header.append(integer: hash.value)
    return header + body
  }

  /// Magic, version, length and hash.
  private static let fixedByteCount = 8 + 4 + 8 + 8

  private func body(payloadOffset: Int, _ bytes: RawSpan, _ samples: [Range<Int>]) -> [UInt8] {
    var body: [UInt8] = []
    body.append(integer: key)
    body.append(text: modelPath)
    body.append(integer: UInt64(payloadOffset))
    body.append(integer: UInt64(bytes.byteCount))
    body.append(integer: UInt64(placements.count))
    for (name, placement) in placements {
      body.append(text: name)
      body.append(integer: placement.type.rawValue)
      for number in [placement.rows, placement.depth, placement.offset, placement.byteCount] {
        body.append(integer: UInt64(number))
      }
    }
    body.append(integer: UInt64(samples.count))
    for sample in samples {
      var hash = ContentHash()
      hash.add(bytes.extracting(sample))
      body.append(integer: UInt64(payloadOffset + sample.lowerBound))
      body.append(integer: UInt64(sample.count))
      body.append(integer: hash.value)
    }
    return body
  }
}

extension [UInt8] {
  fileprivate mutating func append(integer: some FixedWidthInteger) {
    for shift in stride(from: 0, to: integer.bitWidth, by: 8) {
      append(UInt8(truncatingIfNeeded: integer >> shift))
    }
  }

  fileprivate mutating func append(text: String) {
    append(integer: UInt64(text.utf8.count))
    append(contentsOf: text.utf8)
  }
}
