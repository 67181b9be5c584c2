import ChaskiTensors
import Synchronization
import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Loops shared among threads.
struct WorkerPoolTests {
  @Test(arguments: 1...4)
  func `every index is called exactly once`(threads: Int) throws {
    let pool = try WorkerPool(threadCount: threads)
    defer { pool.stop() }
    for count in [0, 1, 2, 3, 7, 64, 1000] {
      let calls = Mutex<[Int]>(Array(repeating: 0, count: count))
      pool.run(count) { index in calls.withLock { $0[index] += 1 } }
      #expect(calls.withLock { $0.allSatisfy { $0 == 1 } })
    }
  }

  @Test func `many short loops neither lose work nor hang`() throws {
    let pool = try WorkerPool(threadCount: 3)
    defer { pool.stop() }
    let total = Atomic<Int>(0)
    for _ in 0..<20_000 {
      pool.run(5) { index in total.add(index + 1, ordering: .relaxed) }
    }
    #expect(total.load(ordering: .relaxed) == 300_000)
  }

  @Test func `threads that are done take over what a slow one has left`() throws {
    let pool = try WorkerPool(threadCount: 4)
    defer { pool.stop() }
    for slow in [0, 30, 99] {
      let calls = Mutex<[Int]>(Array(repeating: 0, count: 100))
      let others = Atomic<Int>(0)
      pool.run(100) { index in
        calls.withLock { $0[index] += 1 }
        guard index == slow else {
          others.add(1, ordering: .sequentiallyConsistent)
          return
        }
        // A thread holds a quarter of its share at most: all but that is done without it.
        while others.load(ordering: .sequentiallyConsistent) < 100 - 7 { sched_yield() }
      }
      #expect(calls.withLock { $0.allSatisfy { $0 == 1 } })
    }
  }

  @Test func `workers that went to sleep wake for the next loop`() async throws {
    let pool = try WorkerPool(threadCount: 3)
    defer { pool.stop() }
    for _ in 0..<5 {
      // Longer than workers spin; nothing is timed here, the pause only lets them park.
      try await Task.sleep(for: .milliseconds(20))
      let total = Atomic<Int>(0)
      pool.run(100) { index in total.add(index, ordering: .relaxed) }
      #expect(total.load(ordering: .relaxed) == 4950)
    }
  }

  @Test func `the worker's number is below the number of threads`() throws {
    let pool = try WorkerPool(threadCount: 3)
    defer { pool.stop() }
    let seen = Mutex<Set<Int>>([])
    pool.run(500) { _, worker in seen.withLock { _ = $0.insert(worker) } }
    #expect(seen.withLock { $0.isSubset(of: [0, 1, 2]) })
  }
}
