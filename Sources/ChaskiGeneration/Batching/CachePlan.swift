// Owns: how a memory budget becomes pages of each group of layers, and how long a text then may be.

import ChaskiModels
import ChaskiTensors

/// The cache that a budget buys.
struct CachePlan {
  /// The most tokens of one text.
  let contextLength: Int
  /// The pages.
  let pages: CachePagePool

  /// - Throws: `GenerationError.invalidOption` where `options` ask for a context that their budget does not
  ///   hold, `TensorError` for a cache type that the model's heads do not fit.
  init(_ options: BatchOptions, for model: LanguageModel) throws {
    let layout = try CacheLayout(layers: model.architecture.cacheLayers, type: options.cacheType)
    let stepLength = 2 * options.prefillChunkLength
    let wanted = options.contextLength ?? options.longestContext(of: model)
    let one = Self.byteCount(of: layout, wanted, stepLength)
    let all = one.multipliedReportingOverflow(by: min(options.maximumBatch, BatchSize.least))
    let free = options.freeBytes ?? AvailableMemory.byteCount() ?? 4 << 30
    let budget = options.cacheBytes ?? min(all.overflow ? .max : all.partialValue, free / 4)
    if one > budget,
      options.contextLength != nil || Self.byteCount(of: layout, 1, stepLength) > budget
    {
      throw GenerationError.invalidOption(
        name: "cache",
        value: "\(budget) bytes",
        allowed: "at least \(one) bytes for a context of \(wanted) tokens"
      )
    }
    contextLength = Self.longest(wanted, layout, stepLength, budget)
    // All groups hold as many texts of the greatest length.
    let length = contextLength
    let texts = Double(budget) / Double(Self.byteCount(of: layout, length, stepLength))
    let limits = layout.groups.map { group in
      let pages = group.pageLimit(contextLength: length, stepLength: stepLength)
      return max(pages, Int(min(Double(pages) * texts, 1e9)))
    }
    pages = CachePagePool(layout: layout, pageLimits: limits)
  }

  /// The greatest length up to `wanted` of which one text fits into `budget`.
  private static func longest(
    _ wanted: Int,
    _ layout: CacheLayout,
    _ stepLength: Int,
    _ budget: Int
  ) -> Int {
    var (low, high) = (1, wanted)
    while low < high {
      let middle = low + (high - low + 1) / 2
      if byteCount(of: layout, middle, stepLength) <= budget {
        low = middle
      } else {
        high = middle - 1
      }
    }
    return low
  }

  private static func byteCount(of layout: CacheLayout, _ length: Int, _ stepLength: Int) -> Int {
    layout.groups.reduce(0) { sum, group in
      let pages = group.pageLimit(contextLength: length, stepLength: stepLength)
      let bytes = pages.multipliedReportingOverflow(by: group.pageByteCount)
      let (total, overflow) = sum.addingReportingOverflow(bytes.partialValue)
      return bytes.overflow || overflow ? Int.max : total
    }
  }
}
