// Owns: what tests of the library stand on: a folder of their own, a clock that does not wait, a record of
// progress.

import ChaskiTestSupport
import ChaskiHub
import Foundation
import Synchronization
import Testing

/// How long a test waits for what should come at once.
///
/// All tests run side by side: on a loaded machine what takes a millisecond alone may wait for a minute.
let patience = Duration.seconds(300)

/// A folder that is removed after the test.
func withFolder<Value>(_ body: (URL) async throws -> Value) async throws -> Value {
  try await withTemporaryFolder { try await body($0.url) }
}

/// A clock on which every sleep is over at once, and which remembers how long each was.
final class InstantClock: Clock, Sendable {
  struct Instant: InstantProtocol {
    var offset: Duration
    func advanced(by duration: Duration) -> Instant { Instant(offset: offset + duration) }
    func duration(to other: Instant) -> Duration { other.offset - offset }
    static func < (left: Instant, right: Instant) -> Bool { left.offset < right.offset }
  }

  private let state = Mutex((now: Instant(offset: .zero), sleeps: [Duration]()))

  var now: Instant { state.withLock { $0.now } }
  var minimumResolution: Duration { .nanoseconds(1) }
  var sleeps: [Duration] { state.withLock { $0.sleeps } }

  func sleep(until deadline: Instant, tolerance: Duration?) async throws {
    state.withLock { state in
      state.sleeps.append(state.now.duration(to: deadline))
      state.now = max(state.now, deadline)
    }
    await Task.yield()
    try Task.checkCancellation()
  }
}

/// Remembers what a pull said.
final class ProgressRecord: Sendable {
  private let held = Mutex<[PullProgress]>([])

  var all: [PullProgress] { held.withLock { $0 } }
  var phases: [PullProgress.Phase] {
    all.map(\.phase).reduce(into: []) { phases, phase in
      if phases.last != phase { phases.append(phase) }
    }
  }

  var handler: PullProgressHandler {
    { progress in self.held.withLock { $0.append(progress) } }
  }

  /// Waits until a report satisfies a condition.
  func wait(until condition: @Sendable (PullProgress) -> Bool) async throws {
    let limit = ContinuousClock.now + patience
    while !all.contains(where: condition) {
      guard ContinuousClock.now < limit else {
        Issue.record("what was waited for did not come")
        return
      }
      try await Task.sleep(for: .milliseconds(5))
    }
  }
}

/// Settings for a server of this test, without waits between attempts.
func settings(
  _ folder: URL,
  hub: String,
  token: String? = nil,
  clock: any Clock<Duration> = InstantClock()
) throws -> HubSettings {
  var settings = HubSettings(
    modelsDirectory: folder.appending(path: "models"),
    catalogueFile: nil,
    hub: try HubAddress(hub),
    token: token
  )
  settings.clock = clock
  settings.connectTimeout = patience
  settings.idleTimeout = patience
  return settings
}

func files(below folder: URL) -> [String] {
  let all = FileManager.default.enumerator(atPath: folder.path)
  var names: [String] = []
  while let name = all?.nextObject() as? String { names.append(name) }
  return names.sorted()
}
