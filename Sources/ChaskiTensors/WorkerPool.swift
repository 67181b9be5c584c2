// Owns: the compute threads and how a loop is shared among them.
// Does not own: what the loop's body computes (CPUBackend).

import ChaskiKernels
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Threads that share one loop at a time with the thread that asks for it.
///
/// Workers spin for a moment between loops, because a decode step is hundreds of loops of a few
/// microseconds each and waking a parked thread costs tens of microseconds; then they park and cost
/// nothing. A worker that is late for a loop (parked, or its processor taken away) is not waited
/// for: the others do its share. Only one thread at a time may call `run`.
///
/// Sendable: a loop's `body` is written while the gate is closed and nobody is inside; it
/// is read only after entering through the gate, which orders the two.
package final class WorkerPool: @unchecked Sendable {
  /// How many threads share a loop, the caller included.
  package let threadCount: Int

  private typealias Body = (_ items: Range<Int>, _ worker: Int) -> Void

  /// The loop's number (from bit 17), whether it may be entered (bit 16), how many workers are inside.
  private let gate = Atomic<Int>(0)
  private static let open = 1 << 16
  private static let insideMask = open - 1

  private let sleeping = Atomic<Int>(0)
  private let stopping = Atomic<Bool>(false)
  private var body: Body?
  private var foresight: Foresight?
  private let shares: WorkShares
  private let parking: Parking
  private var threads: [SystemThread] = []

  /// How often a waiting thread looks before it begins to offer its processor to others.
  private static let eagerSpins = 2_000
  /// How often an idle worker looks before it parks: about a millisecond.
  private static let spinLimit = 6_000

  /// Starts `threadCount - 1` threads.
  package init(threadCount: Int) throws(TensorError) {
    self.threadCount = max(1, threadCount)
    shares = WorkShares(count: self.threadCount)
    parking = Parking()
    do {
      for worker in 1..<self.threadCount {
        threads.append(try SystemThread { self.work(as: worker) })
      }
    } catch {
      stop()
      throw error
    }
  }

  /// The number of processors this process may use.
  package static var processorCount: Int {
    max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))))
  }

  /// Ends the threads; the owner calls this once, after the last `run`.
  package func stop() {
    stopping.store(true, ordering: .sequentiallyConsistent)
    parking.wakeAll()
    for thread in threads {
      thread.join()
    }
    threads = []
  }

  /// Calls `body` with 0 ..< `count`, on all threads, and returns when all calls have returned.
  ///
  /// Calls run at the same time in any order: each must write only what no other reads or writes.
  package func run(_ count: Int, _ body: (_ index: Int) -> Void) {
    run(count) { index, _ in body(index) }
  }

  /// As `run`, and tells the body which worker (0 ..< `threadCount`) calls it, for its scratch memory.
  package func run(_ count: Int, _ body: (_ index: Int, _ worker: Int) -> Void) {
    share(count) { items, worker in
      for index in items { body(index, worker) }
    }
  }

  /// As `run`, with several neighbouring items at a time; a thread that is done fetches its part of
  /// `foresight` while it waits for the next loop.
  func share(
    _ count: Int,
    foresight: Foresight? = nil,
    _ body: (_ items: Range<Int>, _ worker: Int) -> Void
  ) {
    guard count > 1, !threads.isEmpty else {
      if count > 0 { body(0..<count, 0) }
      return
    }
    withoutActuallyEscaping(body) { body in
      self.body = body
      self.foresight = foresight
      shares.deal(count)
      let number = (gate.load(ordering: .relaxed) >> 17) + 1
      gate.store(number << 17 | Self.open, ordering: .sequentiallyConsistent)
      if sleeping.load(ordering: .sequentiallyConsistent) > 0 { parking.wakeAll() }
      takeItems(body, worker: 0)
      gate.bitwiseAnd(~Self.open, ordering: .acquiringAndReleasing)
      var spins = 0
      var own = foresight?.range(for: 0) ?? MemoryRange()
      while gate.load(ordering: .acquiring) & Self.insideMask != 0 {
        if !own.fetchSome() { Self.pause(&spins) }
      }
      self.body = nil
      self.foresight = nil
    }
  }

  /// Waits a moment; a worker whose processor was taken away may need ours to finish.
  private static func pause(_ spins: inout Int) {
    spins += 1
    if spins > eagerSpins { sched_yield() } else { ck_spin_hint() }
  }

  private func takeItems(_ body: Body, worker: Int) {
    while let items = shares.next(for: worker) { body(items, worker) }
  }

  private func work(as worker: Int) {
    var seen = 0
    var ahead = MemoryRange()
    while let number = enter(after: seen, fetching: &ahead) {
      seen = number
      if let body { takeItems(body, worker: worker) }
      if let foresight { ahead = foresight.range(for: worker) }
      gate.subtract(1, ordering: .releasing)
    }
  }

  /// Waits for a loop later than number `seen` and enters it; nil when the pool stops.
  private func enter(after seen: Int, fetching ahead: inout MemoryRange) -> Int? {
    var seen = seen
    var spins = 0
    while true {
      let current = gate.load(ordering: .acquiring)
      let number = current >> 17
      if number != seen {
        if current & Self.open == 0 {
          seen = number  // Too late for this one.
        } else if gate.compareExchange(
          expected: current,
          desired: current + 1,
          ordering: .acquiring
        ).exchanged {
          return number
        }
        spins = 0
        continue
      }
      if stopping.load(ordering: .relaxed) { return nil }
      if ahead.fetchSome() { continue }
      Self.pause(&spins)
      if spins > Self.spinLimit {
        park(after: seen)
        spins = 0
      }
    }
  }

  private func park(after seen: Int) {
    sleeping.add(1, ordering: .sequentiallyConsistent)
    parking.wait {
      gate.load(ordering: .sequentiallyConsistent) >> 17 != seen
        || stopping.load(ordering: .sequentiallyConsistent)
    }
    sleeping.subtract(1, ordering: .sequentiallyConsistent)
  }
}
