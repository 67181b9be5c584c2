// Owns: the header of a file of packed weights, as bytes. Does not own: reading it (PackedWeightsFile, which
// states the format), the weights behind it.

import ChaskiTensors

/// What a file of packed weights says of them.
struct PackedWeightsHeader: Sendable {
  private let key: UInt64
  private let modelPath: String
  private let placements: [(name: String, placement: PackedPlacement)]

  /// A header of the matrices at `placements`, by name, packed from the model at `modelPath`.
  init(key: UInt64, modelPath: String, placements: [String: PackedPlacement]) {
    self.key = key
    self.modelPath = modelPath
    self.placements = placements.sorted { $0.value.offset < $1.value.offset }
      .map { ($0.key, $0.value) }
  }

  /// The header for `weights`, which begin at `payloadOffset`, or, if that is nil, as soon behind it as they may.
  func bytes(for weights: RawSpan, payloadOffset: Int? = nil) -> [UInt8] {
    let ranges = ContentSamples.ranges(PackedWeightsLimits.samples, over: 0..<weights.byteCount)
    // Numbers have one size each, so the header is as long with the offset as without it.
    let length = body(payloadOffset: 0, weights, ranges).count + Self.fixedByteCount
    let body = body(
      payloadOffset: payloadOffset ?? Self.payloadOffset(after: length),
      weights,
      ranges
    )
    var hash = ContentHash()
    hash.add(body)
    var header = PackedWeightsLimits.magic
    header.append(integer: PackedWeightsLimits.version)
    header.append(integer: UInt64(body.count))
    header.append(integer: hash.value)
    return header + body
  }

  private static func payloadOffset(after headerByteCount: Int) -> Int {
    let alignment = PackedWeightsLimits.payloadAlignment
    return (headerByteCount + alignment - 1) / alignment * alignment
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
