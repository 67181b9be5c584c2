// Owns: where a command's text comes from: its argument, a file, or standard input.

import ArgumentParser
import Foundation

/// A text that a command works on.
struct PromptInput {
  /// The argument.
  var text: String?
  /// The file's path; "-" is standard input.
  var file: String?

  /// The text as bytes: the file's, then the argument's, else what standard input holds.
  func bytes() throws -> [UInt8] {
    guard let bytes = try bytesIfAny() else {
      throw ValidationError("Give a text, --file FILE, or a text on standard input.")
    }
    return bytes
  }

  /// As `bytes`, or nil if there is no text and standard input is a terminal.
  func bytesIfAny() throws -> [UInt8]? {
    var parts: [[UInt8]] = []
    if let file {
      parts.append(file == "-" ? Console.pipedInput() ?? [] : try Self.contents(of: file))
    }
    if let text { parts.append(Array(text.utf8)) }
    if parts.isEmpty { return Console.pipedInput() }
    return Array(parts.joined(separator: Array("\n\n".utf8)))
  }

  /// As `bytesIfAny`, as text.
  func textIfAny() throws -> String? {
    try bytesIfAny().map { String(decoding: $0, as: UTF8.self) }
  }

  private static func contents(of path: String) throws -> [UInt8] {
    do {
      return Array(try Data(contentsOf: URL(filePath: path)))
    } catch {
      throw ValidationError("\(path): \(error.localizedDescription)")
    }
  }
}
