// Owns: how a page of the key/value cache is divided among layers and heads.

import ChaskiKernels

/// How keys and values are stored in the cache.
package enum CacheType: String, Sendable, CaseIterable {
  /// 32-bit floats: what a reference computes with.
  case f32
  /// 16-bit floats.
  case f16
  /// 8-bit integers with one 16-bit scale for 32 elements; head widths must be multiples of 32.
  case q8_0

  var kernelType: Int32 {
    switch self {
    case .f32: Int32(CK_CACHE_F32.rawValue)
    case .f16: Int32(CK_CACHE_F16.rawValue)
    case .q8_0: Int32(CK_CACHE_Q8_0.rawValue)
    }
  }
}

/// Where in a page each layer's and head's keys and values lie.
///
/// A page holds 64 positions of all layers of one span: layer after layer, head after head, keys then
/// values. Layers that see less of the past so keep less of it.
package struct CacheLayout: Sendable, Equatable {
  /// What one layer keeps for a position.
  package struct Layer: Sendable, Equatable {
    /// K: key/value heads.
    package let headCount: Int
    /// E of keys.
    package let keyWidth: Int
    /// E of values.
    package let valueWidth: Int
    /// Which positions its tokens see.
    package let span: AttentionSpan
    /// Whether a value is the first `valueWidth` elements of its key, so that nothing else is stored.
    package let valuesInKeys: Bool

    /// A layer with `headCount` key/value heads.
    package init(
      headCount: Int,
      keyWidth: Int,
      valueWidth: Int,
      span: AttentionSpan = .all,
      valuesInKeys: Bool = false
    ) {
      precondition(span.isValid, "a layer whose tokens see nothing: \(span)")
      precondition(!valuesInKeys || valueWidth <= keyWidth, "values wider than their keys")
      self.headCount = headCount
      self.keyWidth = keyWidth
      self.valueWidth = valueWidth
      self.span = span
      self.valuesInKeys = valuesInKeys
    }
  }

  /// Layers of one span, which share pages.
  package struct Group: Sendable, Equatable {
    /// Which positions the layers' tokens see.
    package let span: AttentionSpan
    /// Bytes of one page, all the group's layers together.
    package fileprivate(set) var pageByteCount = 0
  }

  /// Positions in one page.
  package static let pageLength = 64

  /// The layers, in the model's order.
  package let layers: [Layer]
  /// How elements are stored.
  package let type: CacheType
  /// The spans that layers have, in the order in which the layers bring them.
  package let groups: [Group]
  private let layerGroups: [Int]
  private let layerOffsets: [Int]

  /// A layout for `layers`, or an error when `type` cannot hold their widths.
  package init(layers: [Layer], type: CacheType) throws(TensorError) {
    self.layers = layers
    self.type = type
    var groups: [Group] = []
    var groupOfSpan: [AttentionSpan: Int] = [:]
    var layerGroups: [Int] = []
    var offsets: [Int] = []
    for (index, layer) in layers.enumerated() {
      let group = groupOfSpan[layer.span] ?? groups.count
      if group == groups.count {
        groups.append(Group(span: layer.span))
        groupOfSpan[layer.span] = group
      }
      layerGroups.append(group)
      offsets.append(groups[group].pageByteCount)
      let keys = Self.keyByteCount(layer, type)
      let values = Self.valueByteCount(layer, type)
      guard keys > 0, values > 0 || layer.valuesInKeys else {
        throw TensorError.unsupportedCacheType(
          type: type.rawValue,
          layer: index,
          headWidth: layer.keyWidth
        )
      }
      groups[group].pageByteCount += layer.headCount * (keys + values)
    }
    self.groups = groups
    self.layerGroups = layerGroups
    layerOffsets = offsets
  }

  /// Bytes that one position takes while all layers keep it, on average over a page.
  package var bytesPerPosition: Int {
    groups.reduce(0) { $0 + $1.pageByteCount } / Self.pageLength
  }

  /// Bytes that a token at `position` reads, its own keys and values included.
  package func byteCount(readFrom position: Int) -> Int {
    groups.reduce(0) { sum, group in
      let seen = position + 1 - group.span.firstPosition(seenFrom: position)
      return sum + seen * (group.pageByteCount / Self.pageLength)
    }
  }

  /// The group whose pages hold `layer`.
  func group(ofLayer layer: Int) -> Int { layerGroups[layer] }

  /// Offset of the keys of `head` in `layer`, in bytes from the page's start.
  func keyOffset(layer: Int, head: Int) -> Int {
    let shape = layers[layer]
    return layerOffsets[layer]
      + head * (Self.keyByteCount(shape, type) + Self.valueByteCount(shape, type))
  }

  /// Offset of the values of `head` in `layer`, in bytes from the page's start.
  func valueOffset(layer: Int, head: Int) -> Int {
    keyOffset(layer: layer, head: head) + Self.keyByteCount(layers[layer], type)
  }

  private static func keyByteCount(_ layer: Layer, _ type: CacheType) -> Int {
    Int(ck_key_page_bytes(type.kernelType, Int64(layer.keyWidth)))
  }

  private static func valueByteCount(_ layer: Layer, _ type: CacheType) -> Int {
    layer.valuesInKeys ? 0 : Int(ck_value_page_bytes(type.kernelType, Int64(layer.valueWidth)))
  }
}
