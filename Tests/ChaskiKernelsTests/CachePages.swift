// Owns: the keys and values of one head in cache pages, and calls of attention over them, for
// tests. Does not own: expectations.

import ChaskiKernels

/// Keys and values of one key/value head, one after the other, in pages.
struct CachePages {
  let type: ck_cache_type
  let keyWidth: Int
  let valueWidth: Int
  let positions: Int
  let keys: [[Float]]
  let values: [[Float]]
  /// The page bytes, each page on its own, with 64 bytes before its aligned start at most.
  let keyPages: [PageBytes]
  let valuePages: [PageBytes]

  /// Stores `positions` random keys and values; every other slot is filled with `garbage`.
  ///
  /// If `valuesAreKeys`, each value is the first elements of its key.
  init(
    type: ck_cache_type,
    keyWidth: Int,
    valueWidth: Int,
    positions: Int,
    table: FloatTable = .plain,
    garbage: UInt8 = 0xFF,
    seed: UInt64 = 11,
    valuesAreKeys: Bool = false
  ) {
    var noise = SplitMix(seed)
    self.type = type
    self.keyWidth = keyWidth
    self.valueWidth = valueWidth
    self.positions = positions
    let keys = (0..<positions).map { _ in noise.floats(keyWidth, bound: 2) }
    let values =
      valuesAreKeys
      ? keys.map { Array($0.prefix(valueWidth)) }
      : (0..<positions).map { _ in noise.floats(valueWidth, bound: 2) }
    self.keys = keys
    self.values = values
    let pages = (positions + 63) / 64
    let keyBytes = Int(ck_key_page_bytes(type.rawValue, Int64(keyWidth)))
    let valueBytes = Int(ck_value_page_bytes(type.rawValue, Int64(valueWidth)))
    keyPages = (0..<pages).map { _ in PageBytes(count: keyBytes, filled: garbage) }
    valuePages = (0..<pages).map { _ in PageBytes(count: valueBytes, filled: garbage) }
    for position in 0..<positions {
      table.storeKey(type, keys[position], slot: position % 64, page: keyPages[position / 64])
      table.storeValue(
        type,
        values[position],
        slot: position % 64,
        page: valuePages[position / 64]
      )
    }
  }

  /// Key `position` as the page holds it.
  func storedKey(_ position: Int) -> [Float] {
    let page = keyPages[position / 64]
    let (group, lane) = (position % 64 / 16, position % 16)
    return (0..<keyWidth).map { e in
      let place = (group * keyWidth + e) * 16 + lane
      if type == CK_CACHE_F32 { return page.float(at: 4 * place) }
      if type == CK_CACHE_F16 { return page.half(at: 2 * place) }
      let block = (group * (keyWidth / 32) + e / 32) * 16 + lane
      return page.half(at: 64 * keyWidth + 2 * block) * Float(page.code(at: place))
    }
  }

  /// Value `position` as the page holds it.
  func storedValue(_ position: Int) -> [Float] {
    let page = valuePages[position / 64]
    let slot = position % 64
    return (0..<valueWidth).map { e in
      let place = slot * ((valueWidth + 15) / 16 * 16) + e
      if type == CK_CACHE_F32 { return page.float(at: 4 * place) }
      if type == CK_CACHE_F16 { return page.half(at: 2 * place) }
      let block = slot * (valueWidth / 32) + e / 32
      let code = page.code(at: slot * valueWidth + e)
      return page.half(at: 64 * valueWidth + 2 * block) * Float(code)
    }
  }
}

/// A query and the positions it sees.
struct QueryColumn {
  let query: [Float]
  let first: Int
  let limit: Int
}

extension FloatTable {
  /// The results of `columns`; pages that no column sees are null. [columns][valueWidth]
  ///
  /// If `valuesInKeys`, the pages of values are not shown to the kernel.
  func attention(
    _ pages: CachePages,
    _ columns: [QueryColumn],
    scale: Float,
    softCap: Float = 0,
    valuesInKeys: Bool = false
  ) -> [[Float]] {
    let seen = pages.keyPages.indices.map { page in
      columns.contains { $0.first < 64 * (page + 1) && $0.limit > 64 * page }
    }
    let queries = columns.flatMap(\.query)
    let first = columns.map { Int64($0.first) }
    let limit = columns.map { Int64($0.limit) }
    // One more float than the result, to see that it stays.
    let stride = pages.valueWidth + 1
    var outputs = [Float](repeating: Self.untouched, count: columns.count * stride)
    let needed = ck_attention_scratch_floats(
      Int64(pages.keyWidth),
      Int64(pages.valueWidth),
      valuesInKeys ? 1 : 0
    )
    // NaN, so that what is read before it is written shows.
    let scratch = PageBytes(count: 4 * Int(needed), filled: 0xFF)
    unsafe pages.withPointers(seen) { keyPages, valuePages in
      unsafe queries.withUnsafeBufferPointer { queries in
        unsafe outputs.withUnsafeMutableBufferPointer { outputs in
          unsafe first.withUnsafeBufferPointer { first in
            unsafe limit.withUnsafeBufferPointer { limit in
              unsafe scratch.withMutableBytes { scratch in
                let queryPointers = unsafe columns.indices.map { column in
                  unsafe queries.baseAddress.map { unsafe $0 + column * pages.keyWidth }
                }
                let outputPointers = unsafe columns.indices.map { column in
                  unsafe outputs.baseAddress.map { unsafe $0 + column * stride }
                }
                unsafe queryPointers.withUnsafeBufferPointer { queryPointers in
                  unsafe outputPointers.withUnsafeBufferPointer { outputPointers in
                    var call = unsafe ck_attention(
                      cache_type: pages.type.rawValue,
                      values_in_keys: valuesInKeys ? 1 : 0,
                      key_width: Int64(pages.keyWidth),
                      value_width: Int64(pages.valueWidth),
                      key_pages: keyPages.baseAddress,
                      value_pages: valuesInKeys ? nil : valuePages.baseAddress,
                      key_offset: 0,
                      value_offset: 0,
                      columns: Int64(columns.count),
                      queries: queryPointers.baseAddress,
                      outputs: outputPointers.baseAddress,
                      first: first.baseAddress,
                      limit: limit.baseAddress,
                      scale: scale,
                      soft_cap: softCap,
                      scratch: scratch.assumingMemoryBound(to: Float.self)
                    )
                    unsafe withTable { unsafe $0.attention(&call) }
                  }
                }
              }
            }
          }
        }
      }
    }
    return columns.indices.map { column in
      let row = outputs[column * stride..<(column + 1) * stride]
      // A write past the result shows as a result of the wrong length.
      return Array(row.last == Self.untouched ? row.dropLast() : row)
    }
  }

  /// Writes `key` into `slot` of `page`.
  func storeKey(_ type: ck_cache_type, _ key: [Float], slot: Int, page: PageBytes) {
    unsafe key.withUnsafeBufferPointer { key in
      unsafe page.withMutableBytes { page in
        unsafe withTable {
          unsafe $0.store_key(type.rawValue, key.baseAddress, Int64(key.count), Int64(slot), page)
        }
      }
    }
  }

  /// Writes `value` into `slot` of `page`.
  func storeValue(_ type: ck_cache_type, _ value: [Float], slot: Int, page: PageBytes) {
    unsafe value.withUnsafeBufferPointer { value in
      unsafe page.withMutableBytes { page in
        unsafe withTable {
          unsafe $0.store_value(
            type.rawValue,
            value.baseAddress,
            Int64(value.count),
            Int64(slot),
            page
          )
        }
      }
    }
  }
}

extension CachePages {
  /// Calls `body` with the pages' addresses, null where `seen` is false.
  fileprivate func withPointers(
    _ seen: [Bool],
    _ body: (
      UnsafeBufferPointer<UnsafeRawPointer?>, UnsafeBufferPointer<UnsafeRawPointer?>
    ) -> Void
  ) {
    let keys = unsafe zip(keyPages, seen).map { unsafe $1 ? $0.address : nil }
    let values = unsafe zip(valuePages, seen).map { unsafe $1 ? $0.address : nil }
    unsafe keys.withUnsafeBufferPointer { keys in
      unsafe values.withUnsafeBufferPointer { values in
        unsafe body(keys, values)
      }
    }
    // The addresses must stay valid until here.
    withExtendedLifetime(keyPages) {}
    withExtendedLifetime(valuePages) {}
  }
}
