// Owns: a hub for tests: one repository, its listing, its files, and the host that redirects lead to.

import Crypto
import Foundation
import NIOHTTP1
import Synchronization

import ChaskiHub

/// What a test hub holds, and how it answers unless a test intervenes.
struct TestHub: Sendable {
  var files: [(path: String, bytes: [UInt8])] = []
  var commit = "0123456789abcdef0123456789abcdef01234567"
  /// Whether the listing and the redirect name checksums.
  var namesChecksums = true
  /// Where files are sent from; nil sends them directly.
  var contentHost: String?
  var etag = "\"etag-1\""
  var honoursRange = true

  init(_ files: [(String, [UInt8])]) {
    self.files = files.map { (path: $0.0, bytes: $0.1) }
  }

  static func sha256(_ bytes: [UInt8]) -> String {
    SHA256.hash(data: bytes).map { String(format: "%02x", Int($0)) }.joined()
  }

  /// Bytes that differ at every place that matters.
  static func bytes(_ count: Int, seed: UInt64 = 1) -> [UInt8] {
    var state = seed
    return (0..<count).map { _ in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return UInt8(truncatingIfNeeded: state >> 33)
    }
  }

  var listing: String {
    let siblings = files.map { file in
      let lfs =
        namesChecksums
        ? #", "lfs": {"sha256": "\#(Self.sha256(file.bytes))", "size": \#(file.bytes.count), "pointerSize": 134}"#
        : ""
      return #"{"rfilename": "\#(file.path)", "size": \#(file.bytes.count)\#(lfs)}"#
    }
    return #"""
      {"id": "acme/tiny", "sha": "\#(commit)", "tags": ["gguf", "license:mit"],
       "siblings": [{"rfilename": "README.md", "size": 5}, \#(siblings.joined(separator: ", "))]}
      """#
  }

  /// The answer of an honest hub.
  func answer(_ request: TestRequest) -> TestReply {
    if request.path.hasPrefix("/api/models/") { return .text(.ok, listing) }
    let path = request.path.prefix { $0 != "?" }.removingPercentEncoding ?? ""
    guard let file = files.first(where: { path.hasSuffix("/\($0.path)") }) else {
      return .text(.notFound)
    }
    if path.contains("/resolve/"), let contentHost {
      let linked =
        namesChecksums
        ? [
          ("X-Linked-ETag", "\"\(Self.sha256(file.bytes))\""),
          ("X-Linked-Size", String(file.bytes.count)),
        ] : []
      return .redirect("\(contentHost)/content/\(file.path)?signature=abc", linked)
    }
    return content(file.bytes, request)
  }

  /// A file, or the rest of it.
  func content(_ bytes: [UInt8], _ request: TestRequest) -> TestReply {
    var reply = TestReply(headers: [("ETag", etag)], body: bytes)
    guard honoursRange, let start = request.rangeStart else { return reply }
    guard start < bytes.count else {
      return TestReply(
        status: .rangeNotSatisfiable,
        headers: [("Content-Range", "bytes */\(bytes.count)")]
      )
    }
    reply.status = .partialContent
    reply.headers.append(
      ("Content-Range", "bytes \(start)-\(bytes.count - 1)/\(bytes.count)")
    )
    reply.body = Array(bytes[start...])
    return reply
  }
}

/// How often something happened.
final class Counter: Sendable {
  private let value = Mutex(0)

  /// Counts one more and says how many there were before.
  func next() -> Int {
    value.withLock { value in
      defer { value += 1 }
      return value
    }
  }

  var count: Int { value.withLock { $0 } }
}
