// Owns: knowing what memory will be read next, so that a thread that waits can fetch it.
// Does not own: waiting (WorkerPool).

import ChaskiKernels

/// Memory that will be read soon, from its first byte on.
struct MemoryRange: Sendable {
  private var next: UInt = 0
  private var byteCount = 0

  /// Nothing.
  init() {}

  init(_ base: UnsafeRawPointer, byteCount: Int) {
    next = UInt(bitPattern: base)
    self.byteCount = byteCount
  }

  /// Asks for a few cache lines; false when all have been asked for.
  mutating func fetchSome() -> Bool {
    guard byteCount > 0 else { return false }
    unsafe ck_fetch(UnsafeRawPointer(bitPattern: next), Int64(Self.step))
    next += UInt(Self.step)
    byteCount -= Self.step
    return true
  }

  /// So few that a thread notices the next loop at once.
  private static let step = 512
}

/// What each thread will read first when the next product begins.
final class Foresight: Sendable {
  private let ranges: [MemoryRange]

  init(_ ranges: [MemoryRange]) {
    self.ranges = ranges
  }

  /// The memory that `worker` will read.
  func range(for worker: Int) -> MemoryRange { ranges[worker] }
}

/// Learns which product follows which, since a model does the same ones for every token.
///
/// A wrong guess costs a little memory traffic and nothing else: fetching changes no result, and memory that
/// is gone may be asked for.
final class ProductSequence {
  private var products: [(projection: ObjectIdentifier, start: Foresight)] = []
  private var place = 0
  private let threadCount: Int

  /// What is fetched for a thread: less than half of a second-level cache.
  private static let byteCount = 128 << 10

  /// More than any model's products a token.
  private static let limit = 1 << 14

  /// A sequence yet to be learnt.
  init(threadCount: Int) {
    self.threadCount = threadCount
  }

  /// Notes a product that is about to be shared out in `pieces`; returns the start of the one after it.
  func after(_ projection: Projection, pieces: Int) -> Foresight? {
    after(ObjectIdentifier(projection)) { start(of: projection, pieces: pieces) }
  }

  /// Notes a product of matrices that change from token to token, as experts do; returns the start of the one
  /// after it.
  func afterVarying() -> Foresight? {
    // This object stands for all of them, and begins no sequence, since it comes more than once.
    guard !products.isEmpty else { return nil }
    return after(ObjectIdentifier(self)) {
      Foresight(Array(repeating: MemoryRange(), count: threadCount))
    }
  }

  private func after(_ identifier: ObjectIdentifier, start: () -> Foresight) -> Foresight? {
    if products.first?.projection == identifier { place = 0 }
    if place < products.count, products[place].projection != identifier {
      products.removeSubrange(place...)
    }
    // Products that never come again (a benchmark's, a test's) are not remembered for ever.
    if products.count == Self.limit {
      products = []
      place = 0
    }
    if place == products.count {
      products.append((identifier, start()))
    }
    place += 1
    return place < products.count ? products[place].start : products.first?.start
  }

  /// Where each thread's share begins, as WorkShares deals them out.
  private func start(of projection: Projection, pieces: Int) -> Foresight {
    Foresight(
      (0..<threadCount).map { worker in
        let piece = WorkShares.firstItem(of: worker, itemCount: pieces, count: threadCount)
        return projection.range(
          fromPanel: Projection.firstPanel(
            ofPiece: piece,
            of: pieces,
            panelCount: projection.panelCount
          ),
          byteCount: Self.byteCount
        )
      }
    )
  }
}
