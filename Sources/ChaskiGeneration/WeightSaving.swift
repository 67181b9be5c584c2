// Owns: when freshly packed weights are written to the cache. Does not own: how (WeightCache).

import ChaskiCheckpoints
import ChaskiFiles
import ChaskiTensors
import Synchronization

/// Writes a model's packed weights to the cache, in the background, once the first token is out.
package final class WeightSaving: Sendable {
  private enum State {
    case waiting
    case running([CheckedContinuation<Void, Never>])
    case ended
  }

  /// Bytes to be written.
  package var byteCount: Int { weights.usedByteCount }

  private let state = Mutex(State.waiting)
  private let isCancelled = Atomic<Bool>(false)
  private let cache: WeightCache
  private let key: UInt64
  private let checkpoint: any Checkpoint
  private let weights: WeightArena
  private let placements: [String: PackedPlacement]

  init(
    cache: WeightCache,
    key: UInt64,
    checkpoint: any Checkpoint,
    weights: WeightArena,
    placements: [String: PackedPlacement]
  ) {
    self.cache = cache
    self.key = key
    self.checkpoint = checkpoint
    self.weights = weights
    self.placements = placements
  }

  /// Begins to write, if that has not begun; returns at once.
  // Not inlined, as every function that locks and may be called after an await: see LoadReporter.
  @inline(never)
  package func begin() {
    let begins = state.withLock { state in
      guard case .waiting = state else { return false }
      state = .running([])
      return true
    }
    guard begins else { return }
    let isStarted = BackgroundThread.run { [self] in
      _ = cache.save(weights, placements: placements, of: checkpoint, key: key) {
        isCancelled.load(ordering: .relaxed)
      }
      end()
    }
    if !isStarted { end() }
  }

  /// Whether writing has begun and not ended.
  package var isRunning: Bool {
    @inline(never) get {
      state.withLock { state in
        if case .running = state { true } else { false }
      }
    }
  }

  /// Stops writing soon and leaves nothing behind.
  package func cancel() { isCancelled.store(true, ordering: .relaxed) }

  /// Returns when nothing is being written any more.
  package func finish() async {
    await withCheckedContinuation { wait($0) }
  }

  @inline(never)
  private func wait(_ continuation: CheckedContinuation<Void, Never>) {
    let waits = state.withLock { state in
      guard case .running(let waiting) = state else { return false }
      state = .running(waiting + [continuation])
      return true
    }
    if !waits { continuation.resume() }
  }

  @inline(never)
  private func end() {
    let waiting = state.withLock { state -> [CheckedContinuation<Void, Never>] in
      defer { state = .ended }
      if case .running(let waiting) = state { return waiting }
      return []
    }
    for continuation in waiting { continuation.resume() }
  }
}
