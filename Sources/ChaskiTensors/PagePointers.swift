// Owns: the addresses of a sequence's cache pages in the form the kernels take.

/// The addresses of cache pages, in order; made once a step and read by every layer.
@safe final class PagePointers {
  /// The first address.
  let base: UnsafePointer<UnsafeRawPointer?>
  /// How many pages there are.
  let count: Int
  /// The number of the first page in its sequence.
  let firstPage: Int
  private let pointers: UnsafeMutablePointer<UnsafeRawPointer?>

  init(_ pages: [UnsafeMutableRawPointer], firstPage: Int) {
    self.firstPage = firstPage
    count = unsafe pages.count
    unsafe pointers = .allocate(capacity: max(count, 1))
    for index in 0..<count {
      unsafe (pointers + index).initialize(to: UnsafeRawPointer(pages[index]))
    }
    unsafe base = UnsafePointer(pointers)
  }

  deinit {
    unsafe pointers.deallocate()
  }

  /// The position of the first page's first slot.
  var origin: Int { firstPage * CacheLayout.pageLength }

  /// The page that holds `position`, to be written.
  func page(of position: Int) -> UnsafeMutableRawPointer {
    let index = position / CacheLayout.pageLength - firstPage
    guard index >= 0, index < count, let page = unsafe pointers[index] else {
      preconditionFailure("position \(position) is in page \(index) of \(count)")
    }
    return unsafe UnsafeMutableRawPointer(mutating: page)
  }
}
