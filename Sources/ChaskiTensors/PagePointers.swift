// Owns: the addresses of one layer's cache pages, head by head, in the form the kernels take.

/// For every run and key/value head of one layer: the addresses of its key pages and value pages.
@safe final class PagePointers {
  private let pointers: UnsafeMutablePointer<UnsafeRawPointer?>
  private let count: Int
  /// Where each run's pointers begin, and how many pages it has.
  private let runs: [(start: Int, pageCount: Int)]

  init(_ runs: [CacheRun], layer: Int) {
    var starts: [(start: Int, pageCount: Int)] = []
    var total = 0
    for run in runs {
      let pages = unsafe run.pages.count
      starts.append((total, pages))
      total += 2 * pages * run.layout.layers[layer].headCount
    }
    self.runs = starts
    count = total
    unsafe pointers = .allocate(capacity: max(total, 1))
    var next = 0
    for run in runs {
      let pageCount = unsafe run.pages.count
      for head in 0..<run.layout.layers[layer].headCount {
        for offset in [
          run.layout.keyOffset(layer: layer, head: head),
          run.layout.valueOffset(layer: layer, head: head),
        ] {
          for index in 0..<pageCount {
            unsafe (pointers + next).initialize(to: UnsafeRawPointer(run.pages[index] + offset))
            next += 1
          }
        }
      }
    }
  }

  deinit {
    unsafe pointers.deallocate()
  }

  /// The addresses of key/value head `head`'s key pages.
  func keys(run: Int, head: Int) -> UnsafePointer<UnsafeRawPointer?> {
    unsafe UnsafePointer(pointers + runs[run].start + 2 * head * runs[run].pageCount)
  }

  /// The addresses of key/value head `head`'s value pages.
  func values(run: Int, head: Int) -> UnsafePointer<UnsafeRawPointer?> {
    unsafe keys(run: run, head: head) + runs[run].pageCount
  }
}
