// Owns: opening thousands of broken files; each must load or throw, fast and in little memory.
// Does not own: which error each defect gives (GGUFParserTests, SafetensorsFileTests).

import ChaskiTestSupport
import ChaskiFiles
import Foundation
import Testing

// Each test watches the memory of its whole process, and so has one of its own: other suites load models
// meanwhile in this one.
@Suite(.serialized) struct CorruptionTests {
  @Test(arguments: [GGUFSample.everyValue, .tensors, .version2])
  func `every corrupted copy of a small file loads or throws`(sample: GGUFSample) async throws {
    await #expect(processExitsWith: .success) { [bytes = sample.bytes as [UInt8]] in
      try Self.openCorruptedCopies(of: bytes)
    }
  }

  private static func openCorruptedCopies(of bytes: [UInt8]) throws {
    let corruptor = GGUFCorruptor(bytes, fileByteCount: bytes.count)
    let corruptions = corruptor.corruptions(count: 1_500, seed: 1)
    #expect(corruptions.count >= 1_500)
    try withTemporaryFolder { folder in
      let copy = try WorkingCopy(bytes, byteCount: bytes.count, at: folder.path("model.gguf"))
      var watch = try Watch()
      for corruption in corruptions {
        try copy.with(corruption) {
          try watch.open(corruption) { try touch(GGUFFile(path: copy.path), everyByte: true) }
        }
      }
      try watch.check(opened: corruptions.count)
    }
  }

  @Test(arguments: 0..<3)
  func `every corrupted copy of a part loads or throws`(number: Int) async throws {
    await #expect(processExitsWith: .success) { [number = number as Int] in
      try Self.openCorruptedCopies(ofPart: number)
    }
  }

  private static func openCorruptedCopies(ofPart number: Int) throws {
    let bytes = GGUFSample.part(number).bytes
    let corruptor = GGUFCorruptor(bytes, fileByteCount: bytes.count)
    try withTemporaryFolder { folder in
      for other in 0..<3 {
        _ = try folder.write(GGUFSample.part(other).bytes, as: GGUFSample.partName(other))
      }
      let corruptions = corruptor.corruptions(count: 500, seed: 2)
      let copy = try WorkingCopy(
        bytes,
        byteCount: bytes.count,
        at: folder.path(GGUFSample.partName(number))
      )
      // Opened by another part, so that the broken one is found as one of its siblings.
      let path = folder.path(GGUFSample.partName((number + 1) % 3))
      var watch = try Watch()
      for corruption in corruptions {
        try copy.with(corruption) {
          try watch.open(corruption) { try touch(GGUFFile(path: path), everyByte: true) }
        }
      }
      try watch.check(opened: corruptions.count)
    }
  }

  @Test(
    .enabled(
      if: ProcessInfo.processInfo.environment["CHASKI_SMOLLM2"] != nil,
      "needs CHASKI_SMOLLM2, the path of a real model"
    )
  )
  func `2,000 corrupted copies of a real model load or throw`() async throws {
    await #expect(processExitsWith: .success) { try Self.openCorruptedCopiesOfRealModel() }
  }

  private static func openCorruptedCopiesOfRealModel() throws {
    let path = try #require(ProcessInfo.processInfo.environment["CHASKI_SMOLLM2"])
    try withTemporaryFolder { folder in
      let source = try FileHandle(forReadingFrom: URL(filePath: path))
      let byteCount = Int(try source.seekToEnd())
      try source.seek(toOffset: 0)
      // A vocabulary and the descriptions of tensors fit in far less.
      let start = [UInt8](try source.read(upToCount: 64 << 20) ?? Data())
      let corruptor = GGUFCorruptor(start, fileByteCount: byteCount)
      let corruptions = corruptor.corruptions(count: 2_000, craftedLimit: 1_500, seed: 3)
      let copy = try WorkingCopy(
        Array(start[..<corruptor.headerEnd]),
        byteCount: byteCount,
        at: folder.path("model.gguf")
      )
      var watch = try Watch()
      for corruption in corruptions {
        try copy.with(corruption) {
          try watch.open(corruption) { try touch(GGUFFile(path: copy.path), everyByte: false) }
        }
      }
      try watch.check(opened: corruptions.count)
      print("real model: \(watch.summary)")
    }
  }

  @Test func `every truncation of a small file throws or keeps whole tensors`() throws {
    let bytes = GGUFSample.tensors.bytes
    let headerEnd = GGUFCorruptor(bytes, fileByteCount: bytes.count).headerEnd
    try withTemporaryFolder { folder in
      let whole = try GGUFFile(path: folder.write(bytes, as: "whole.gguf"))
      let end = try #require(whole.tensors.map(\.byteRange.upperBound).max())
      let copy = try WorkingCopy(bytes, byteCount: bytes.count, at: folder.path("cut.gguf"))
      for count in 0..<bytes.count {
        try copy.with(.truncate(count)) {
          if count < max(end, headerEnd) {
            #expect(throws: FileError.self) { try GGUFFile(path: copy.path) }
          } else {
            _ = try GGUFFile(path: copy.path)
          }
        }
      }
    }
  }

  @Test func `every corrupted copy of a safetensors file loads or throws`() async throws {
    await #expect(processExitsWith: .success) { try Self.openCorruptedSafetensors() }
  }

  private static func openCorruptedSafetensors() throws {
    try withTemporaryFolder { folder in
      let path = folder.path("valid.safetensors")
      var writer = try SafetensorsWriter(
        path: path,
        tensors: [
          .init("a", .f32, shape: [2, 3]), .init("łódź \"b\"", .f16, shape: [3]),
          .init("empty", .i64, shape: [0, 4]), .init("scalar", .bf16, shape: []),
        ],
        metadata: ["format": "pt", "note": "a\nb"]
      )
      let data = (0..<32).map { UInt8($0) }
      // Bytes have no padding to expose.
      try writer.append(unsafe data.span.bytes)
      try writer.finish()
      let bytes = try [UInt8](Data(contentsOf: URL(filePath: path)))
      var random = SplitMix(state: 4)
      var corruptions = (0..<bytes.count).map { Corruption.truncate($0) }
      for offset in 0..<bytes.count - 32 {
        for byte in [0, 0x20, 0x22, 0x2C, 0x30, 0x39, 0x5B, 0x5C, 0x7D, 0xFF] as [UInt8] {
          corruptions.append(.patch(offset, [byte]))
        }
        corruptions.append(.patch(offset, [UInt8(truncatingIfNeeded: random.next())]))
      }
      let copy = try WorkingCopy(bytes, byteCount: bytes.count, at: path)
      var watch = try Watch()
      for corruption in corruptions {
        try copy.with(corruption) {
          try watch.open(corruption) { try touch(SafetensorsFile(path: path)) }
        }
      }
      try watch.check(opened: corruptions.count)
    }
  }
}

/// Reads all that `file` offers: every value, and every tensor's bytes or its first and last.
private func touch(_ file: GGUFFile, everyByte: Bool) throws {
  var sum = 0
  for entry in file.metadata.entries {
    // Errors here are about one value, such as a bool that is 2; the others can still be read.
    switch entry.elementType {
    case .string?: sum += try file.metadata.requireStringArray(entry.key).bytes.count
    case .float32?: sum += try file.metadata.requireFloatArray(entry.key).count
    case .int32?: sum += try file.metadata.requireIntArray(entry.key).count
    default:
      let value = try? file.metadata.value(entry, maximumElements: .max)
      sum += value?.integer ?? 0 == 0 ? 1 : 2
    }
  }
  for tensor in file.tensors {
    let bytes = file.bytes(of: tensor)
    try #require(bytes.byteCount == tensor.byteCount && tensor.byteCount > 0)
    // Any byte inside a raw span may be read as one.
    if everyByte {
      for offset in bytes.byteOffsets {
        sum &+= Int(unsafe bytes.unsafeLoad(fromByteOffset: offset, as: UInt8.self))
      }
    } else {
      sum &+= Int(unsafe bytes.unsafeLoad(fromByteOffset: 0, as: UInt8.self))
      sum &+= Int(
        unsafe bytes.unsafeLoad(fromByteOffset: bytes.byteCount - 1, as: UInt8.self)
      )
    }
  }
  try #require(sum >= 0)
}

private func touch(_ file: SafetensorsFile) throws {
  for tensor in file.tensors {
    let bytes = try file.rawBytes(tensor.name)
    try #require(bytes.count == tensor.byteRange.count)
    if [.f32, .f16, .bf16].contains(tensor.type) {
      try #require(try file.floats(tensor.name).count == tensor.elementCount)
    }
  }
}

/// Counts outcomes, and watches time and memory.
private struct Watch {
  private var loaded = 0
  private var refused = 0
  private var slowest = Duration.zero
  private let memoryAtStart: Int
  private var memoryGrowth = 0

  init() throws { memoryAtStart = try Self.memory() }

  var summary: String {
    "\(loaded) loaded, \(refused) refused, slowest \(slowest), growth \(memoryGrowth) bytes"
  }

  mutating func open(_ corruption: Corruption, _ body: () throws -> Void) throws {
    var failure: (any Error)?
    let start = ThreadTime.now
    do { try body() } catch { failure = error }
    let time = ThreadTime.now - start
    if let failure {
      // Only the module's own error counts as a refusal, and it must have something to say.
      let error = try #require(failure as? FileError, "\(corruption): \(failure)")
      #expect(error.description.count > 20 && error.description.utf8.count < 4_000)
      refused += 1
    } else {
      loaded += 1
    }
    slowest = max(slowest, time)
    if (loaded + refused).isMultiple(of: 50) || time > .milliseconds(100) {
      memoryGrowth = max(memoryGrowth, try Self.memory() - memoryAtStart)
    }
  }

  func check(opened: Int) throws {
    #expect(loaded + refused == opened)
    #expect(loaded > 0 && refused > opened / 4, "\(summary)")
    #expect(slowest < .seconds(1), "\(summary)")
    #expect(memoryGrowth < 100 << 20, "\(summary)")
  }

  /// Bytes of this process in memory.
  private static func memory() throws -> Int {
    let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
    let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") })
    return try #require(Int(line.split(separator: " ").dropLast().last ?? "")) * 1_024
  }
}
