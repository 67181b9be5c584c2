import ChaskiEvaluation
import Foundation
import Testing

/// Files of reference logits from strangers.
struct LogitReferenceTests {
  /// A file of two windows of four tokens from a vocabulary of three, each with one row.
  private func file(
    windowLength: UInt32 = 4,
    vocabularyCount: UInt32 = 3,
    windowCount: UInt32 = 2,
    token: UInt32 = 2,
    scale: Float = 0.0001,
    least: Float = -6.6
  ) -> [UInt8] {
    var words = [windowLength, vocabularyCount, windowCount]
    words += [0, 1, token, 0, 1, 2, 0, 1]
    for _ in 0..<2 {
      // Codes 0, 65535, 60000 and one that fills up.
      words += [scale.bitPattern, least.bitPattern, 0xFFFF_0000, 60_000]
    }
    return Array("_logits_".utf8)
      + words.flatMap { word in
        (0..<4).map { UInt8(truncatingIfNeeded: word >> (8 * UInt32($0))) }
      }
  }

  private func open(_ bytes: [UInt8]) async throws -> (LogitReference, [Float]) {
    try await TemporaryLog.with { path in
      try Data(bytes).write(to: URL(filePath: path))
      let reference = try LogitReference(path: path)
      return (reference, try reference.row(0, window: 1).values)
    }
  }

  @Test func `a row is least plus scale times its codes`() async throws {
    let (reference, row) = try await open(file())
    #expect(reference.windowLength == 4 && reference.windowCount == 2)
    #expect(reference.vocabularyCount == 3)
    #expect(row == [-6.6, -6.6 + 0.0001 * 65_535, -6.6 + 0.0001 * 60_000])
    let (_, low) = try await open(file(scale: 0.0003, least: -19.7))
    #expect(low[0] == -.infinity && low[1] > -16)
  }

  @Test func `every shorter file and every longer one is refused`() async throws {
    let whole = file()
    for count in 0..<whole.count {
      await #expect(throws: EvaluationError.self) { try await open(Array(whole[..<count])) }
    }
    await #expect(throws: EvaluationError.self) { try await open(whole + [0]) }
  }

  @Test(arguments: [0, 1, 3, 5, 0x10_0001, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF] as [UInt32])
  func `sizes that the file does not have are refused`(number: UInt32) async throws {
    await #expect(throws: EvaluationError.self) { try await open(file(windowLength: number)) }
    await #expect(throws: EvaluationError.self) { try await open(file(windowCount: number)) }
    guard number != 3 else { return }
    await #expect(throws: EvaluationError.self) { try await open(file(vocabularyCount: number)) }
  }

  @Test(arguments: [3, 0x7FFF_FFFF, 0xFFFF_FFFF] as [UInt32])
  func `a token outside the vocabulary is refused`(token: UInt32) async throws {
    await #expect(throws: EvaluationError.self) { try await open(file(token: token)) }
  }

  @Test(
    arguments: [
      (-0.0001, -6.6), (.nan, -6.6), (.infinity, -6.6), (0.0001, .nan), (0.0001, -.infinity),
      (1, -6.6), (0.0001, 0.1), (0, -20), (3e38, -3e38),
    ] as [(Float, Float)]
  )
  func `a row that is no distribution is refused`(scale: Float, least: Float) async throws {
    await #expect(throws: EvaluationError.self) {
      try await open(file(scale: scale, least: least))
    }
  }

  @Test(arguments: ["/", "/dev/null", "/dev/zero", "/nowhere/file"])
  func `what is no file is refused`(path: String) {
    #expect(throws: EvaluationError.self) { try LogitReference(path: path) }
  }
}
