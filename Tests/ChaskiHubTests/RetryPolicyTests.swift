// Owns: when a failed transfer is tried again.

import ChaskiHub
import Testing

@Suite struct RetryPolicyTests {
  private let broken = TransferFailure(host: "h", reason: "broke")

  @Test func `waits double up to their limit`() throws {
    var policy = RetryPolicy()
    policy.maximumAttempts = 10
    var state = RetryState(policy)
    var waits: [Duration] = []
    for _ in 0..<8 { waits.append(try state.delay(after: broken, gaining: 0)) }
    #expect(waits == [1, 2, 4, 8, 16, 30, 30, 30].map { .seconds($0) })
  }

  @Test func `an attempt that brings much begins the count anew`() throws {
    var state = RetryState(RetryPolicy())
    for _ in 0..<100 {
      #expect(try state.delay(after: broken, gaining: 1 << 20) == .seconds(1))
    }
    #expect(throws: HubError.connectionFailed(host: "h", attempts: 6, reason: "broke")) {
      for _ in 0..<6 { _ = try state.delay(after: broken, gaining: (1 << 20) - 1) }
    }
  }

  @Test func `a host's own wish counts, within limits`() throws {
    var state = RetryState(RetryPolicy())
    let polite = TransferFailure(host: "h", reason: "r", status: 429, retryAfter: .seconds(90))
    #expect(try state.delay(after: polite, gaining: 0) == .seconds(90))
    let rude = TransferFailure(host: "h", reason: "r", status: 503, retryAfter: .seconds(121))
    #expect(throws: HubError.rateLimited(host: "h", retryAfter: .seconds(121))) {
      try state.delay(after: rude, gaining: 0)
    }
  }

  @Test(arguments: [
    (429, HubError.rateLimited(host: "h", retryAfter: nil)),
    (502, .hubStatus(host: "h", status: 502, message: "r")),
  ])
  func `the last failure is the one reported`(_ status: Int, _ expected: HubError) {
    var policy = RetryPolicy()
    policy.maximumAttempts = 1
    var state = RetryState(policy)
    #expect(throws: expected) {
      try state.delay(
        after: TransferFailure(host: "h", reason: "r", status: status),
        gaining: 0
      )
    }
  }
}
