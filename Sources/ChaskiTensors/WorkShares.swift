// Owns: which of a loop's items each thread takes, and how threads that are done take over others' items.
// Does not own: the threads (WorkerPool).

import Synchronization

/// A loop's items, cut into one run of neighbours for each thread.
///
/// A thread takes its items in order, so that it reads memory in order, a quarter of what is left at a time:
/// much at first, little at the end. One that is done takes over the later half of what another has left.
///
/// Sendable: every share is an atomic pair of bounds, and whoever changes it compares it first.
@safe final class WorkShares: @unchecked Sendable {
  /// Bounds of the items left, the first in the low half.
  ///
  /// A share has two cache lines to itself, since processors fetch lines in pairs.
  private struct Share: ~Copyable {
    let bounds = Atomic<UInt64>(0)
    private let padding: (UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64) = (
      0, 0, 0, 0, 0, 0, 0
    )
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

  /// The next items for `worker`, or nil when nothing is left that is not already being done.
  func next(for worker: Int) -> Range<Int>? {
    if let own = take(from: worker, { $0..<$0 + Self.quarter(of: $1 - $0) }) { return own }
    for distance in 1..<max(count, 1) {
      let victim = (worker + distance) % count
      if let stolen = take(from: victim, { $0 + ($1 - $0) / 2..<$1 }) {
        let kept = stolen.lowerBound + Self.quarter(of: stolen.count)
        // An empty share is changed by its thread alone.
        let bounds = Self.bounds(kept, stolen.upperBound)
        unsafe shares[worker].bounds.store(bounds, ordering: .releasing)
        return stolen.lowerBound..<kept
      }
    }
    return nil
  }

  /// Takes a part, at one end, of what `worker` has left; nil if that is nothing.
  private func take(
    from worker: Int,
    _ part: (_ first: Int, _ last: Int) -> Range<Int>
  ) -> Range<Int>? {
    var bounds = unsafe shares[worker].bounds.load(ordering: .relaxed)
    while true {
      let (first, last) = Self.items(bounds)
      guard first < last else { return nil }
      let taken = part(first, last)
      let left =
        taken.lowerBound == first
        ? Self.bounds(taken.upperBound, last) : Self.bounds(first, taken.lowerBound)
      let (exchanged, found) = unsafe shares[worker].bounds.weakCompareExchange(
        expected: bounds,
        desired: left,
        ordering: .acquiringAndReleasing
      )
      if exchanged { return taken }
      bounds = found
    }
  }

  private static func quarter(of count: Int) -> Int { (count + 3) / 4 }

  private static func bounds(_ first: Int, _ last: Int) -> UInt64 {
    UInt64(UInt32(truncatingIfNeeded: first)) | UInt64(UInt32(truncatingIfNeeded: last)) << 32
  }

  private static func items(_ bounds: UInt64) -> (first: Int, last: Int) {
    (Int(UInt32(truncatingIfNeeded: bounds)), Int(bounds >> 32))
  }
}
