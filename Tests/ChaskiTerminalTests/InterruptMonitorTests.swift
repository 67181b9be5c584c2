// Checks: work under an interrupt monitor that changes threads.
// Not here: real signals, which were tried by hand; in a test they would hit every other test.

import ChaskiTerminal
import Testing

struct InterruptMonitorTests {
  @Test func `work may end on another thread than its caller goes on on`() async {
    let monitor = InterruptMonitor(end: { _ in })
    var sum = 0
    for index in 0..<200 {
      sum += await monitor.run(cancel: {}) { @MainActor in
        // Work inside work, so that the main thread has taken the monitor's lock itself.
        let result = monitor.run(cancel: {}) { index }
        await Task.yield()
        return result
      }
    }
    #expect(sum == 199 * 100)
  }
}
