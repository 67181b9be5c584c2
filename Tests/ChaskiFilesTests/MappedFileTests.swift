// Owns: tests of mapping files.
// Does not own: their formats.

import ChaskiTestSupport
import ChaskiFiles
import Foundation
import Testing

struct MappedFileTests {
  @Test(arguments: [1, 4_095, 4_096, 4_097, 100_000])
  func `a mapped file has the bytes on disk`(count: Int) throws {
    try withTemporaryFolder { folder in
      let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31) }
      let file = try MappedFile(path: folder.write(bytes, as: "file"))
      #expect(file.byteCount == count)
      let isSame = copied(file.bytes) == bytes
      #expect(isSame)
    }
  }

  @Test func `advice changes no byte`() throws {
    try withTemporaryFolder { folder in
      let bytes = (0..<50_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
      let file = try MappedFile(path: folder.write(bytes, as: "file"))
      file.adviseSequential()
      for range in [0..<0, 0..<1, 1..<4_097, 5_000..<45_000, 0..<50_000, 49_999..<90_000] {
        file.adviseWillNeed(range)
        file.adviseDropped(range)
        let isSame = copied(file.bytes) == bytes
        #expect(isSame)
      }
    }
  }

  @Test func `dropped pages leave the resident set`() throws {
    try withTemporaryFolder { folder in
      let bytes = [UInt8](repeating: 7, count: 32 << 20)
      let file = try MappedFile(path: folder.write(bytes, as: "file"))
      let isSame = copied(file.bytes) == bytes
      #expect(isSame)
      let before = try residentFileBytes()
      file.adviseDropped(0..<bytes.count)
      let after = try residentFileBytes()
      // Other tests map and unmap small files meanwhile.
      #expect(before - after > 24 << 20)
    }
  }

  @Test func `the same file has the same identity, and a changed one another`() throws {
    try withTemporaryFolder { folder in
      let path = try folder.write([1, 2, 3], as: "file")
      let first = try MappedFile(path: path).identity
      try #expect(MappedFile(path: path).identity == first)
      _ = try folder.write([1, 2, 3, 4], as: "file")
      try #expect(MappedFile(path: path).identity != first)
      try #expect(MappedFile(path: folder.write([1, 2, 3], as: "other")).identity != first)
    }
  }

  @Test func `a missing file is named`() throws {
    try withTemporaryFolder { folder in
      let path = folder.path("none")
      #expect(throws: FileError.notFound(file: path)) { try MappedFile(path: path) }
    }
  }

  @Test func `an empty file is refused`() throws {
    try withTemporaryFolder { folder in
      let path = try folder.write([], as: "empty")
      #expect(throws: FileError.empty(file: path)) { try MappedFile(path: path) }
    }
  }

  @Test func `a folder is refused`() throws {
    try withTemporaryFolder { folder in
      let path = folder.url.path
      #expect(throws: FileError.notRegularFile(file: path, found: "a folder")) {
        try MappedFile(path: path)
      }
    }
  }

  @Test(.timeLimit(.minutes(10)))
  func `a FIFO is refused without waiting for a writer`() throws {
    try withTemporaryFolder { folder in
      let path = folder.path("fifo")
      let command = try Process.run(URL(filePath: "/usr/bin/mkfifo"), arguments: [path])
      command.waitUntilExit()
      #expect(throws: FileError.notRegularFile(file: path, found: "a FIFO")) {
        try MappedFile(path: path)
      }
    }
  }

  @Test func `a device is refused`() {
    #expect(throws: FileError.notRegularFile(file: "/dev/null", found: "a device")) {
      try MappedFile(path: "/dev/null")
    }
  }

  @Test func `a path that goes through a file, or circles, or holds a zero byte, is refused`()
    throws
  {
    try withTemporaryFolder { folder in
      let file = try folder.write([1], as: "file")
      try FileManager.default.createSymbolicLink(
        atPath: folder.path("circle"),
        withDestinationPath: folder.path("circle")
      )
      for path in [file + "/deeper", folder.path("circle"), file + "\0", ""] {
        #expect(throws: FileError.self) { try MappedFile(path: path) }
      }
    }
  }
}

/// Bytes of mapped files that are in this process's memory now.
private func residentFileBytes() throws -> Int {
  let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
  let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("RssFile:") })
  return try #require(Int(line.split(separator: " ").dropLast().last ?? "")) * 1_024
}
