// Owns: where a command's text comes from: its argument, a file, or standard input.

/// A text that a command works on.
struct PromptInput {
  /// The argument.
  var text: String?
  /// The file's path; "-" is standard input.
  var file: String?

  /// The text as bytes: the file's, then the argument's, else what standard input holds.
  func bytes() throws -> [UInt8] {
    guard let bytes = try bytesIfAny() else {
      throw CommandProblem.noText
    }
    return bytes
  }

  /// As `bytes`, or nil if there is no text and standard input is a terminal.
  func bytesIfAny() throws -> [UInt8]? {
    var parts: [[UInt8]] = []
    if let file {
      parts.append(file == "-" ? try Console.pipedInput() ?? [] : try UserFile.contents(of: file))
    }
    if let text { parts.append(Array(text.utf8)) }
    if parts.isEmpty { return try Console.pipedInput() }
    return Array(parts.joined(separator: Array("\n\n".utf8)))
  }

  /// As `bytesIfAny`, as text.
  func textIfAny() throws -> String? {
    try bytesIfAny().map { String(decoding: $0, as: UTF8.self) }
  }
}
