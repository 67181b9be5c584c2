// Owns: the file that a stopped evaluation goes on from. Does not own: what results mean.

import Foundation

/// Results as JSON lines: what was evaluated, then one line an item in the order they came.
///
/// Each line is written whole as soon as its item is answered. A last line that a killed run left
/// unfinished is dropped; everything else in the file must fit the evaluation.
package final class ResultLog: Sendable {
  /// What an evaluation is of: runs with the same identity go on from each other.
  package struct Identity: Sendable, Equatable, Codable {
    /// The task's name.
    package let task: String
    /// The model's name and size.
    package let model: String
    /// How many examples come before each question.
    package let examples: Int
    /// The instruction or setting beside these that changes results.
    package let settings: String

    /// An evaluation of `model` on `task`.
    package init(task: String, model: String, examples: Int, settings: String) {
      self.task = task
      self.model = model
      self.examples = examples
      self.settings = settings
    }
  }

  private static let maximumByteCount = 1 << 30

  /// The results that were there.
  package let results: [Int: ItemResult]
  private let path: String
  private let handle: FileHandle

  /// Opens the log at `path`, or begins it if there is none.
  ///
  /// - Throws: `EvaluationError.otherEvaluation` for a log of something else, `badLine` for one that is
  ///   damaged, `unreadable` or `unwritable` where the system refuses.
  package init(path: String, identity: Identity) throws(EvaluationError) {
    self.path = path
    let (lines, length) = try Self.wholeLines(path: path)
    results = try Self.parse(lines, path: path, identity: identity)
    let folder = URL(filePath: path).deletingLastPathComponent().path
    guard FileManager.default.fileExists(atPath: folder) else {
      throw .unwritable(file: path, reason: "its folder does not exist")
    }
    do {
      if !FileManager.default.fileExists(atPath: path) {
        try Data().write(to: URL(filePath: path), options: .withoutOverwriting)
      }
      handle = try FileHandle(forUpdating: URL(filePath: path))
      try handle.truncate(atOffset: UInt64(length))
      try handle.seekToEnd()
      if lines.isEmpty { try handle.write(contentsOf: Self.line(identity)) }
    } catch {
      throw .unwritable(file: path, reason: Self.reason(error))
    }
  }

  deinit { try? handle.close() }

  /// Adds a result.
  ///
  /// - Throws: `EvaluationError.unwritable`.
  package func append(_ result: ItemResult) throws(EvaluationError) {
    do {
      try handle.write(contentsOf: Self.line(result))
    } catch {
      throw .unwritable(file: path, reason: Self.reason(error))
    }
  }

  /// What the system says, without the sentences around it.
  private static func reason(_ error: any Error) -> String {
    let outer = error as NSError
    let inner = outer.userInfo[NSUnderlyingErrorKey] as? NSError ?? outer
    return inner.localizedDescription
      .replacing("The operation could not be completed. ", with: "")
      .trimmingCharacters(in: ["."])
  }

  private static func line(_ value: some Encodable) throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return try encoder.encode(value) + Data("\n".utf8)
  }

  /// The lines that have their end, and how many bytes they are.
  private static func wholeLines(path: String) throws(EvaluationError) -> ([Data], Int) {
    guard FileManager.default.fileExists(atPath: path) else { return ([], 0) }
    guard
      let attributes = try? FileManager.default.attributesOfItem(
        atPath: URL(filePath: path).resolvingSymlinksInPath().path
      ),
      attributes[.type] as? FileAttributeType == .typeRegular,
      let size = attributes[.size] as? Int, size <= maximumByteCount
    else { throw .unreadable(file: path, reason: "it is not a regular file of at most 1 GiB") }
    guard let data = FileManager.default.contents(atPath: path) else {
      throw .unreadable(file: path, reason: "permission denied")
    }
    var lines = data.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    // What stands after the last newline is nothing, or a line that was not finished.
    let rest = lines.popLast()?.count ?? 0
    return (lines, data.count - rest)
  }

  private static func parse(
    _ lines: [Data],
    path: String,
    identity: Identity
  ) throws(EvaluationError) -> [Int: ItemResult] {
    guard let first = lines.first else { return [:] }
    guard let found = try? JSONDecoder().decode(Identity.self, from: first) else {
      throw .badLine(file: path, line: 1, reason: "it does not say what was evaluated")
    }
    guard found == identity else {
      throw .otherEvaluation(file: path, found: found.text, expected: identity.text)
    }
    var results: [Int: ItemResult] = [:]
    for (index, line) in lines.enumerated().dropFirst() {
      guard let result = try? JSONDecoder().decode(ItemResult.self, from: line), result.item >= 0
      else {
        throw .badLine(file: path, line: index + 1, reason: "it is not the result of an item")
      }
      results[result.item] = result
    }
    return results
  }
}

extension ResultLog.Identity {
  /// The identity in words.
  fileprivate var text: String {
    "\(task) with \(examples) examples, \(model)\(settings.isEmpty ? "" : ", \(settings)")"
  }
}
