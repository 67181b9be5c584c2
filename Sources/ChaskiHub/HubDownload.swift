// Owns: bringing one file from a hub, over as many connections as it takes.
// Does not own: single requests (HubClient), the bytes on disk (PartialFile).

import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1

/// One file to bring.
struct HubDownload {
  /// How to ask.
  let client: HubClient
  /// Where the bytes go.
  let directory: ModelDirectory
  /// What to tell of it.
  let meter: ProgressMeter
  /// `OWNER/REPO`, for messages.
  let repository: String
  /// The file in the listing.
  let file: RepositoryListing.File
  /// The file's address.
  let address: String
  /// How many bytes of the model's other files came before.
  let bytesBefore: Int64
  /// How many bytes all files of the model have, where that is known.
  let bytesTotal: Int64?

  private var name: String { RepositoryListing.lastComponent(file.path) }

  /// Brings the file, or takes over what earlier attempts brought.
  ///
  /// - Throws: `HubError`, `CancellationError`; what came so far stays for the next attempt, unless it is wrong.
  func run() async throws -> ModelFile {
    if let there = try await alreadyThere() { return there }
    var partial = try await PartialFile.open(
      name,
      in: directory,
      promise: PartialFile.Note(sha256: file.sha256, etag: nil, byteCount: file.byteCount)
    ) { report(.checking, $0) }
    var isTakenUp = partial.byteCount > 0
    while true {
      try await fill(&partial)
      let found = partial.sha256
      guard let expected = partial.note.sha256, expected != found else {
        try partial.flush()
        let result = ModelFile(
          name: name,
          byteCount: partial.byteCount,
          sha256: found,
          isVerified: partial.note.sha256 != nil
        )
        try directory.install(partial.url, as: name)
        try partial.forget()
        return result
      }
      // Bytes of an earlier day may be to blame; those of one go are the hub's own.
      guard isTakenUp else {
        try partial.discard()
        throw HubError.checksumMismatch(file: file.path, expected: expected, found: found)
      }
      isTakenUp = false
      try partial.restart()
    }
  }

  // A part that an earlier attempt completed has its name already.
  private func alreadyThere() async throws -> ModelFile? {
    let finished = directory.file(name)
    guard let expected = file.sha256, let size = FileAccess.size(of: finished) else { return nil }
    guard file.byteCount == nil || file.byteCount == size else { return nil }
    var checksum = Checksum()
    _ = try await checksum.update(file: finished) { report(.checking, $0) }
    guard checksum.hexadecimal == expected else { return nil }
    return ModelFile(name: name, byteCount: size, sha256: expected, isVerified: true)
  }

  private func fill(_ partial: inout PartialFile) async throws {
    var retries = RetryState(client.settings.retries)
    while true {
      let before = partial.byteCount
      do {
        return try await attempt(&partial)
      } catch let failure as TransferFailure {
        let delay = try retries.delay(after: failure, gaining: partial.byteCount - before)
        meter.report(
          .retrying(attempt: retries.failures + 1, delay: delay, reason: failure.reason),
          file: name,
          done: bytesBefore + partial.byteCount,
          total: bytesTotal
        )
        try await client.settings.clock.sleep(for: delay)
      }
    }
  }

  // One request, and its body for as long as it lasts.
  private func attempt(_ partial: inout PartialFile) async throws {
    if let expected = partial.note.byteCount, partial.byteCount == expected, expected > 0 { return }
    report(.downloading, partial.byteCount)
    let reply = try await client.get(address, from: partial.byteCount)
    try begin(&partial, with: reply)
    let expected = try await receive(reply, into: &partial)
    guard partial.byteCount == expected else {
      throw TransferFailure(
        host: reply.host,
        reason: "the connection ended after \(partial.byteCount) bytes"
      )
    }
  }

  // Decides from the head of the answer whether its bytes follow those that are there.
  private func begin(_ partial: inout PartialFile, with reply: HubReply) throws {
    let headers = reply.response.headers
    let etag = headers.first(name: "ETag")
    var length = headers.first(name: "Content-Length").flatMap { Int64($0) }
    switch reply.response.status.code {
    case 200:
      try partial.restart()
    case 206:
      let range = try ContentRange(headers.first(name: "Content-Range"), host: reply.host)
      guard range.start == partial.byteCount, isSameFile(partial.note, reply, etag: etag) else {
        try partial.restart()
        throw TransferFailure(host: reply.host, reason: "the file changed at the hub")
      }
      length = range.total
    case 416:
      try partial.restart()
      throw TransferFailure(host: reply.host, reason: "the file at the hub is shorter")
    default:
      throw client.failure(
        reply,
        what: "file \(file.path) in \(repository)",
        repository: repository
      )
    }
    let promised = length ?? reply.linkedSize
    if let promised, let expected = partial.note.byteCount, promised != expected {
      try partial.discard()
      throw HubError.sizeMismatch(file: file.path, expected: expected, found: promised)
    }
    try partial.learn(etag: etag, sha256: reply.linkedSHA256, byteCount: promised)
  }

  // Without a promised checksum, the hub's word on the file or its entity tag must be what it was.
  private func isSameFile(_ note: PartialFile.Note, _ reply: HubReply, etag: String?) -> Bool {
    if file.sha256 != nil { return true }
    if let known = note.sha256 { return known == reply.linkedSHA256 }
    return reply.linkedSHA256 == nil && etag != nil && etag == note.etag
  }

  // Returns how many bytes the whole must have.
  private func receive(_ reply: HubReply, into partial: inout PartialFile) async throws -> Int64 {
    guard let expected = partial.note.byteCount, expected >= 0 else {
      throw HubError.malformedReply(host: reply.host, reason: "no length of \(file.path)")
    }
    try FileAccess.checkSpace(for: expected - partial.byteCount, at: directory.url)
    do {
      for try await buffer in reply.response.body {
        try Task.checkCancellation()
        let bytes = Array(buffer.readableBytesView)
        guard Int64(bytes.count) <= expected - partial.byteCount else {
          let found = partial.byteCount + Int64(bytes.count)
          try partial.discard()
          throw HubError.sizeMismatch(file: file.path, expected: expected, found: found)
        }
        try partial.append(bytes)
        report(.downloading, partial.byteCount)
      }
    } catch {
      throw try HubClient.failure(error, host: reply.host)
    }
    return expected
  }

  private func report(_ phase: PullProgress.Phase, _ byteCount: Int64) {
    meter.report(phase, file: name, done: bytesBefore + byteCount, total: bytesTotal)
  }
}
