// Owns: writing the key/value cache and attending over it.

import ChaskiKernels

extension CPUBackend {
  /// Writes the keys and values of a step's rows into the cache. [T, K * E] each
  ///
  /// `layer` is the layer's index in the cache's layout; `values` is nil where the layout says that they lie in
  /// the keys.
  package func store(keys: Tensor, values: Tensor?, runs: [CacheRun], layer: Int) {
    for run in runs {
      let shape = run.layout.layers[layer]
      precondition(
        shape.valuesInKeys == (values == nil),
        "values where the layout has none, or none where it has"
      )
      let pages = run.pages(ofLayer: layer)
      forRows(run.rows.count, width: shape.headCount * (shape.keyWidth + shape.valueWidth)) {
        part in
        for index in part {
          let position = run.firstPosition + index
          let slot = Int64(position % CacheLayout.pageLength)
          let page = unsafe pages.page(of: position)
          let key = unsafe keys.pointer(row: run.rows.lowerBound + index)
          let value = unsafe values?.pointer(row: run.rows.lowerBound + index)
          for head in 0..<shape.headCount {
            unsafe kernels.pointee.store_key(
              run.layout.type.kernelType,
              key + head * shape.keyWidth,
              Int64(shape.keyWidth),
              slot,
              page + run.layout.keyOffset(layer: layer, head: head)
            )
            guard let value = unsafe value else { continue }
            unsafe kernels.pointee.store_value(
              run.layout.type.kernelType,
              value + head * shape.valueWidth,
              Int64(shape.valueWidth),
              slot,
              page + run.layout.valueOffset(layer: layer, head: head)
            )
          }
        }
      }
    }
  }

  /// softmax(scale q k^T) v over the positions that the layer's span shows each row. [T, H * E of values]
  ///
  /// Heads share key/value heads in groups of H / K (Ainslie et al. 2023, https://arxiv.org/abs/2305.13245).
  ///
  /// `queries` are [T, H * E]. With a `softCap`, scores are softCap * tanh(scale q k^T / softCap)
  /// (Gemma Team 2024, https://arxiv.org/abs/2408.00118).
  package func attend(
    queries: Tensor,
    headCount: Int,
    runs: [CacheRun],
    layer: Int,
    scale: Float,
    softCap: Float? = nil
  ) -> Tensor {
    guard let shape = runs.first?.layout.layers[layer] else {
      return tensor(rows: queries.rows, columns: 0)
    }
    let result = tensor(rows: queries.rows, columns: headCount * shape.valueWidth)
    let scratchCount = Int(
      ck_attention_scratch_floats(
        Int64(shape.keyWidth),
        Int64(shape.valueWidth),
        shape.valuesInKeys ? 1 : 0
      )
    )
    let scratch = tensor(rows: workers.threadCount, columns: (scratchCount + 15) & ~15)
    let scratchBase = unsafe scratch.base
    let scratchWidth = scratch.columns
    let kernels = unsafe kernels
    let cut = AttentionCut(
      runs,
      headCount: headCount,
      kvHeadCount: shape.headCount,
      threadCount: workers.threadCount
    )
    unsafe withUnsafeTemporaryAllocation(of: AttentionRun.self, capacity: runs.count) { calls in
      for (index, run) in runs.enumerated() {
        unsafe calls.initializeElement(
          at: index,
          to: AttentionRun(run, layer: layer, queries: queries, result: result)
        )
      }
      workers.run(cut.taskCount(of: runs)) { index, worker in
        let task = cut.task(index) { run in unsafe calls[run].rowCount }
        unsafe calls[task.run].attend(
          task,
          scale: scale,
          softCap: softCap ?? 0,
          scratch: scratchBase + worker * scratchWidth,
          kernels
        )
      }
    }
    withExtendedLifetime((queries, result, scratch, runs)) {}
    return result
  }
}

/// How a step's attention is cut into tasks: run after run, key/value head after head, then its query heads,
/// then rows.
private struct AttentionCut {
  private let group: Int
  private let kvHeadCount: Int
  private let headsPerTask: Int
  private let rowsPerTask: Int

  /// Heads that share keys and values stay together, since they read them once, unless threads would have
  /// nothing to do.
  init(_ runs: [CacheRun], headCount: Int, kvHeadCount: Int, threadCount: Int) {
    let group = headCount / kvHeadCount
    self.group = group
    self.kvHeadCount = kvHeadCount
    rowsPerTask = max(1, 48 / group)
    let whole = runs.reduce(0) { $0 + $1.rows.count } * kvHeadCount
    let parts = min(group, (threadCount + whole - 1) / max(whole, 1))
    headsPerTask = (1...group).first { group % $0 == 0 && group / $0 <= max(parts, 1) } ?? group
  }

  /// How many tasks there are.
  func taskCount(of runs: [CacheRun]) -> Int {
    runs.reduce(0) { $0 + taskCount(rowCount: $1.rows.count) }
  }

  /// Task `index`, given each run's number of rows.
  func task(_ index: Int, rowCount: (_ run: Int) -> Int) -> AttentionTask {
    var (run, index) = (0, index)
    while index >= taskCount(rowCount: rowCount(run)) {
      index -= taskCount(rowCount: rowCount(run))
      run += 1
    }
    let slices = sliceCount(rowCount: rowCount(run))
    let firstHead = index / slices * headsPerTask
    let firstRow = index % slices * rowsPerTask
    return AttentionTask(
      run: run,
      kvHead: firstHead / group,
      heads: firstHead..<firstHead + headsPerTask,
      rows: firstRow..<min(firstRow + rowsPerTask, rowCount(run))
    )
  }

  private func sliceCount(rowCount: Int) -> Int { (rowCount + rowsPerTask - 1) / rowsPerTask }

  private func taskCount(rowCount: Int) -> Int {
    kvHeadCount * group / headsPerTask * sliceCount(rowCount: rowCount)
  }
}

/// A piece of attention: some query heads of one key/value head, for some rows of one run.
private struct AttentionTask {
  let run: Int
  let kvHead: Int
  let heads: Range<Int>
  let rows: Range<Int>  // within the run
}

/// One run's attention in terms of addresses, for loops that many threads run: copying it counts no
/// references.
@safe private struct AttentionRun {
  let rowCount: Int
  private let cacheType: Int32
  private let keyWidth: Int
  private let valueWidth: Int
  private let valuesInKeys: Int32
  private let firstPosition: Int
  private let span: AttentionSpan
  private let origin: Int
  private let pages: UnsafePointer<UnsafeRawPointer?>
  private let firstKeyOffset: Int
  private let keyStep: Int
  private let firstValueOffset: Int
  private let valueStep: Int
  private let queries: UnsafePointer<Float>
  private let queryStride: Int
  private let result: UnsafeMutablePointer<Float>
  private let resultStride: Int

  /// The caller keeps everything alive.
  init(_ run: CacheRun, layer: Int, queries: Tensor, result: Tensor) {
    let shape = run.layout.layers[layer]
    rowCount = run.rows.count
    cacheType = run.layout.type.kernelType
    (keyWidth, valueWidth) = (shape.keyWidth, shape.valueWidth)
    valuesInKeys = shape.valuesInKeys ? 1 : 0
    firstPosition = run.firstPosition
    span = shape.span
    let list = run.pages(ofLayer: layer)
    origin = list.origin
    unsafe pages = list.base
    // Heads lie at equal distances.
    let second = min(1, shape.headCount - 1)
    firstKeyOffset = run.layout.keyOffset(layer: layer, head: 0)
    keyStep = run.layout.keyOffset(layer: layer, head: second) - firstKeyOffset
    firstValueOffset = run.layout.valueOffset(layer: layer, head: 0)
    valueStep = run.layout.valueOffset(layer: layer, head: second) - firstValueOffset
    unsafe self.queries = UnsafePointer(queries.pointer(row: run.rows.lowerBound))
    queryStride = queries.columns
    unsafe self.result = result.pointer(row: run.rows.lowerBound)
    resultStride = result.columns
  }

  func attend(
    _ task: AttentionTask,
    scale: Float,
    softCap: Float,
    scratch: UnsafeMutablePointer<Float>,
    _ kernels: UnsafePointer<ck_table>
  ) {
    let count = task.rows.count * task.heads.count
    unsafe withUnsafeTemporaryAllocation(of: UnsafePointer<Float>?.self, capacity: count) { q in
      unsafe withUnsafeTemporaryAllocation(
        of: UnsafeMutablePointer<Float>?.self,
        capacity: count
      ) { out in
        unsafe withUnsafeTemporaryAllocation(of: Int64.self, capacity: 2 * count) { bounds in
          var column = 0
          for row in task.rows {
            let position = firstPosition + row
            // Pages are counted from the first that is held.
            let first = Int64(span.firstPosition(seenFrom: position) - origin)
            for head in task.heads {
              unsafe q.initializeElement(
                at: column,
                to: queries + row * queryStride + head * keyWidth
              )
              unsafe out.initializeElement(
                at: column,
                to: result + row * resultStride + head * valueWidth
              )
              unsafe bounds.initializeElement(at: column, to: first)
              unsafe bounds.initializeElement(at: count + column, to: Int64(position + 1 - origin))
              column += 1
            }
          }
          guard let queries = q.baseAddress, let outputs = out.baseAddress,
            let first = bounds.baseAddress
          else { return }
          var call = unsafe ck_attention(
            cache_type: cacheType,
            values_in_keys: valuesInKeys,
            key_width: Int64(keyWidth),
            value_width: Int64(valueWidth),
            key_pages: pages,
            value_pages: pages,
            key_offset: Int64(firstKeyOffset + task.kvHead * keyStep),
            value_offset: Int64(firstValueOffset + task.kvHead * valueStep),
            columns: Int64(count),
            queries: queries,
            outputs: outputs,
            first: first,
            limit: first + count,
            scale: scale,
            soft_cap: softCap,
            scratch: scratch
          )
          unsafe kernels.pointee.attention(&call)
        }
      }
    }
  }
}
