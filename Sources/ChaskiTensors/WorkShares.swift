// Owns: which of a loop's items each thread takes, and how threads that are done take over others' items.
// Does not own: the threads (WorkerPool).

import Synchronization

/// A loop's items, cut into one run of neighbours for each thread.
///
/// A thread takes its items in order, so that it reads memory in order; one that is done takes the later
/// half of what another has left.
///
/// Sendable: every share is an atomic pair of bounds, and whoever changes it compares it first.
@safe final class WorkShares: @unchecked Sendable {
  /// Bounds of the items left, the first in the low half. A share has two cache lines to itself, since
  /// processors fetch lines in pairs.
  private struct Share: ~Copyable {
    let bounds = Atomic<UInt64>(0)
    private let padding: (UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0, 0, 0, 0)
    private let line: (UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64) =
      (0, 0, 0, 0, 0, 0, 0, 0)
  }

  private let count: Int
  private let shares: UnsafeMutablePointer<Share>

  /// Shares of `count` threads, all empty.
  init(count: Int) {
    self.count = count
    unsafe shares = .allocate(capacity: count)
    for index in 0..<count {
      unsafe (shares + index).initialize(to: Share())
    }
  }

  deinit {
    unsafe shares.deinitialize(count: count)
    unsafe shares.deallocate()
  }

  /// Deals out 0 ..< `itemCount`; nobody may be taking items meanwhile.
  func deal(_ itemCount: Int) {
    precondition(itemCount < Int(UInt32.max), "a loop of \(itemCount) items")
    for index in 0..<count {
      let bounds = Self.bounds(
        Self.firstItem(of: index, itemCount: itemCount, count: count),
        Self.firstItem(of: index + 1, itemCount: itemCount, count: count)
      )
      unsafe shares[index].bounds.store(bounds, ordering: .relaxed)
    }
  }

  /// Where the share of `worker` begins when `itemCount` items are dealt out to `count` threads.
  static func firstItem(of worker: Int, itemCount: Int, count: Int) -> Int {
    itemCount * worker / count
  }

  /// The next item for `worker`, or nil when nothing is left that is not already being done.
  func next(for worker: Int) -> Int? {
    if let own = takeFirst(of: worker) { return own }
    for distance in 1..<max(count, 1) {
      let victim = (worker + distance) % count
      if let (first, last) = takeLaterHalf(of: victim) {
        // An empty share is changed by its thread alone.
        unsafe shares[worker].bounds.store(Self.bounds(first + 1, last), ordering: .releasing)
        return first
      }
    }
    return nil
  }

  private func takeFirst(of worker: Int) -> Int? {
    var bounds = unsafe shares[worker].bounds.load(ordering: .relaxed)
    while true {
      let (first, last) = Self.items(bounds)
      guard first < last else { return nil }
      let (exchanged, found) = unsafe shares[worker].bounds.weakCompareExchange(
        expected: bounds,
        desired: Self.bounds(first + 1, last),
        ordering: .acquiringAndReleasing
      )
      if exchanged { return first }
      bounds = found
    }
  }

  private func takeLaterHalf(of victim: Int) -> (first: Int, last: Int)? {
    var bounds = unsafe shares[victim].bounds.load(ordering: .relaxed)
    while true {
      let (first, last) = Self.items(bounds)
      guard first < last else { return nil }
      let middle = first + (last - first) / 2
      let (exchanged, found) = unsafe shares[victim].bounds.weakCompareExchange(
        expected: bounds,
        desired: Self.bounds(first, middle),
        ordering: .acquiringAndReleasing
      )
      if exchanged { return (middle, last) }
      bounds = found
    }
  }

  private static func bounds(_ first: Int, _ last: Int) -> UInt64 {
    UInt64(UInt32(truncatingIfNeeded: first)) | UInt64(UInt32(truncatingIfNeeded: last)) << 32
  }

  private static func items(_ bounds: UInt64) -> (first: Int, last: Int) {
    (Int(UInt32(truncatingIfNeeded: bounds)), Int(bounds >> 32))
  }
}
