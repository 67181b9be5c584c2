// Owns: writing the key/value cache and attending over it.

import ChaskiKernels

extension CPUBackend {
  /// Writes the keys and values of a step's rows into the cache. [T, K * E] each
  ///
  /// `layer` is the layer's index in the cache's layout.
  package func store(keys: Tensor, values: Tensor, runs: [CacheRun], layer: Int) {
    for run in runs {
      let shape = run.layout.layers[layer]
      forRows(run.rows.count, width: shape.headCount * (shape.keyWidth + shape.valueWidth)) {
        part in
        for index in part {
          let position = run.firstPosition + index
          let slot = Int64(position % CacheLayout.pageLength)
          let page = unsafe run.pages[position / CacheLayout.pageLength]
          let key = unsafe keys.pointer(row: run.rows.lowerBound + index)
          let value = unsafe values.pointer(row: run.rows.lowerBound + index)
          for head in 0..<shape.headCount {
            unsafe kernels.pointee.store_key(
              run.layout.type.kernelType,
              key + head * shape.keyWidth,
              Int64(shape.keyWidth),
              slot,
              page + run.layout.keyOffset(layer: layer, head: head)
            )
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

  /// softmax(scale q k^T) v over each row's own position and those before it. [T, H * E of values]
  ///
  /// Heads share key/value heads in groups of H / K (Ainslie et al. 2023, https://arxiv.org/abs/2305.13245).
  ///
  /// `queries` are [T, H * E]. A row sees `window` positions, its own included; all if nil.
  package func attend(
    queries: Tensor,
    headCount: Int,
    runs: [CacheRun],
    layer: Int,
    scale: Float,
    window: Int? = nil
  ) -> Tensor {
    guard let shape = runs.first?.layout.layers[layer] else {
      return tensor(rows: queries.rows, columns: 0)
    }
    let result = tensor(rows: queries.rows, columns: headCount * shape.valueWidth)
    let scratchCount = Int(
      ck_attention_scratch_floats(Int64(shape.keyWidth), Int64(shape.valueWidth))
    )
    let scratch = tensor(rows: workers.threadCount, columns: (scratchCount + 15) & ~15)
    let tasks = attentionTasks(runs, headCount: headCount, kvHeadCount: shape.headCount)
    let pointers = PagePointers(runs, layer: layer)
    workers.run(tasks.count) { index, worker in
      let task = tasks[index]
      unsafe attend(
        task,
        run: runs[task.run],
        pages: pointers,
        layer: layer,
        queries: queries,
        result: result,
        scale: scale,
        window: window,
        scratch: scratch.pointer(row: worker)
      )
    }
    return result
  }

  /// A piece of attention: some query heads of one key/value head, for some rows of one run.
  private struct AttentionTask {
    let run: Int
    let kvHead: Int
    let heads: Range<Int>
    let rows: Range<Int>  // within the run
  }

  /// A decode step has few pieces: then each head is its own, so that all threads have work.
  private func attentionTasks(
    _ runs: [CacheRun],
    headCount: Int,
    kvHeadCount: Int
  ) -> [AttentionTask] {
    let group = headCount / kvHeadCount
    let rowsPerTask = max(1, 48 / group)
    var tasks: [AttentionTask] = []
    let splitHeads = runs.reduce(0) { $0 + $1.rows.count } * kvHeadCount < workers.threadCount * 4
    let headsPerTask = splitHeads && workers.threadCount > 1 ? 1 : group
    for (index, run) in runs.enumerated() {
      for kvHead in 0..<kvHeadCount {
        for firstHead in stride(from: kvHead * group, to: (kvHead + 1) * group, by: headsPerTask) {
          var first = 0
          while first < run.rows.count {
            let last = min(first + rowsPerTask, run.rows.count)
            tasks.append(
              AttentionTask(
                run: index,
                kvHead: kvHead,
                heads: firstHead..<firstHead + headsPerTask,
                rows: first..<last
              )
            )
            first = last
          }
        }
      }
    }
    return tasks
  }

  private func attend(
    _ task: AttentionTask,
    run: CacheRun,
    pages: PagePointers,
    layer: Int,
    queries: Tensor,
    result: Tensor,
    scale: Float,
    window: Int?,
    scratch: UnsafeMutablePointer<Float>
  ) {
    let shape = run.layout.layers[layer]
    let count = task.rows.count * task.heads.count
    unsafe withUnsafeTemporaryAllocation(of: UnsafePointer<Float>?.self, capacity: count) { q in
      unsafe withUnsafeTemporaryAllocation(
        of: UnsafeMutablePointer<Float>?.self,
        capacity: count
      ) { out in
        unsafe withUnsafeTemporaryAllocation(of: Int64.self, capacity: 2 * count) { bounds in
          var column = 0
          for row in task.rows {
            let position = run.firstPosition + row
            for head in task.heads {
              unsafe q.initializeElement(
                at: column,
                to: UnsafePointer(
                  queries.pointer(row: run.rows.lowerBound + row) + head * shape.keyWidth
                )
              )
              unsafe out.initializeElement(
                at: column,
                to: result.pointer(row: run.rows.lowerBound + row) + head * shape.valueWidth
              )
              unsafe bounds.initializeElement(
                at: column,
                to: Int64(window.map { max(0, position + 1 - $0) } ?? 0)
              )
              unsafe bounds.initializeElement(at: count + column, to: Int64(position + 1))
              column += 1
            }
          }
          guard let queries = q.baseAddress, let outputs = out.baseAddress,
            let first = bounds.baseAddress
          else { return }
          var call = unsafe ck_attention(
            cache_type: run.layout.type.kernelType,
            key_width: Int64(shape.keyWidth),
            value_width: Int64(shape.valueWidth),
            key_pages: pages.keys(run: task.run, head: task.kvHead),
            value_pages: pages.values(run: task.run, head: task.kvHead),
            columns: Int64(count),
            queries: queries,
            outputs: outputs,
            first: first,
            limit: first + count,
            scale: scale,
            scratch: scratch
          )
          unsafe kernels.pointee.attention(&call)
        }
      }
    }
  }
}
