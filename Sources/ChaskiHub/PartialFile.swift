// Owns: a file on its way: its bytes, its running checksum, and the note by which a later attempt goes on.
// Does not own: where the bytes come from (HubDownload).

import Foundation
import SystemPackage

/// A download that can be broken off after any byte and taken up again.
struct PartialFile: ~Copyable {
  /// What tells a later attempt whether the bytes belong to the same file.
  struct Note: Codable, Equatable {
    /// The promised SHA-256, if there is a promise.
    var sha256: String?
    /// The entity tag of the bytes' host (RFC 9110, section 8.8.3), if it sent one.
    var etag: String?
    /// The promised length, if there is a promise.
    var byteCount: Int64?
  }

  /// The file with the bytes.
  let url: URL
  private let noteURL: URL
  private let owned: OwnedDescriptor
  private let promise: Note
  private var checksum = Checksum()
  /// How many bytes are there.
  private(set) var byteCount: Int64 = 0
  /// What is known of the whole.
  private(set) var note = Note()

  /// Opens the file, and takes over the bytes of an earlier attempt if they can be of the same file.
  ///
  /// - Parameters:
  ///   - name: The finished file's name.
  ///   - directory: The model's folder.
  ///   - promise: What is known of the file beforehand.
  ///   - progress: Told how many of the bytes that were there are checked.
  /// - Returns: The file, ready for the next byte.
  /// - Throws: `HubError.file`, `CancellationError`.
  static func open(
    _ name: String,
    in directory: ModelDirectory,
    promise: Note,
    progress: (Int64) -> Void
  ) async throws -> PartialFile {
    let url = directory.partial(name)
    let noteURL = directory.partialState(name)
    var file = PartialFile(
      url: url,
      noteURL: noteURL,
      owned: try FileAccess.open(url),
      promise: promise
    )
    let old = readNote(noteURL)
    let size = FileAccess.size(of: url) ?? 0
    if let old, size > 0, isSameFile(old, promise), size <= promise.byteCount ?? .max {
      try await file.takeUp(old, progress: progress)
    } else {
      try file.restart()
    }
    return file
  }

  private init(url: URL, noteURL: URL, owned: consuming OwnedDescriptor, promise: Note) {
    self.url = url
    self.noteURL = noteURL
    self.owned = owned
    self.promise = promise
  }

  private mutating func takeUp(_ old: Note, progress: (Int64) -> Void) async throws {
    byteCount = try await checksum.update(file: url, progress: progress)
    note = Note(
      sha256: promise.sha256 ?? old.sha256,
      etag: old.etag,
      byteCount: promise.byteCount ?? old.byteCount
    )
    let end = byteCount
    try write { try owned.descriptor.seek(offset: end, from: .start) }
  }

  private static func readNote(_ file: URL) -> Note? {
    guard let data = try? FileAccess.read(file, maximumSize: 1 << 16) else { return nil }
    return try? JSONDecoder().decode(Note.self, from: data)
  }

  // A checksum decides; without one the entity tag will, once the host has named it again.
  private static func isSameFile(_ old: Note, _ promise: Note) -> Bool {
    if let promised = promise.byteCount, let known = old.byteCount, promised != known {
      return false
    }
    if let promised = promise.sha256, let known = old.sha256 { return promised == known }
    return promise.sha256 == nil && (old.sha256 != nil || old.etag != nil)
  }

  /// Writes down what the host says of the whole, before its bytes come.
  mutating func learn(etag: String?, sha256: String?, byteCount: Int64?) throws(HubError) {
    note.etag = etag ?? note.etag
    note.sha256 = note.sha256 ?? sha256
    note.byteCount = note.byteCount ?? byteCount
    guard let data = try? JSONEncoder().encode(note) else { return }
    try FileAccess.write(data, to: noteURL)
  }

  /// Adds bytes.
  mutating func append(_ bytes: [UInt8]) throws(HubError) {
    try write { _ = try owned.descriptor.writeAll(bytes) }
    checksum.update(bytes)
    byteCount += Int64(bytes.count)
  }

  /// Throws the bytes away, and all that is known of them but the promise, and begins again.
  mutating func restart() throws(HubError) {
    try write {
      try owned.descriptor.resize(to: 0)
      try owned.descriptor.seek(offset: 0, from: .start)
    }
    checksum = Checksum()
    byteCount = 0
    note = promise
  }

  /// Waits until the disk holds all bytes.
  func flush() throws(HubError) { try FileAccess.flush(owned, of: url) }

  /// Removes the note, once the file has its own name.
  func forget() throws(HubError) { try FileAccess.remove(noteURL) }

  /// Removes the file and its note.
  func discard() throws(HubError) {
    try FileAccess.remove(url)
    try FileAccess.remove(noteURL)
  }

  /// The SHA-256 of the bytes so far.
  var sha256: String { checksum.hexadecimal }

  private func write(_ body: () throws -> Void) throws(HubError) {
    do {
      try body()
    } catch {
      throw .file(path: url.path, operation: "write", reason: FileAccess.reason(error))
    }
  }
}
