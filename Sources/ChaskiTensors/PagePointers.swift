// Owns: the addresses of a sequence's cache pages in the form the kernels take.

/// The addresses of cache pages, in order; made once a step and read by every layer.
@safe final class PagePointers {
  /// The first address.
  let base: UnsafePointer<UnsafeRawPointer?>
  /// How many pages there are.
  let count: Int
  private let pointers: UnsafeMutablePointer<UnsafeRawPointer?>

  init(_ pages: [UnsafeMutableRawPointer]) {
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

  /// Page `index`, to be written.
  subscript(index: Int) -> UnsafeMutableRawPointer {
    guard index < count, let page = unsafe pointers[index] else {
      preconditionFailure("page \(index) of \(count)")
    }
    return unsafe UnsafeMutableRawPointer(mutating: page)
  }
}
