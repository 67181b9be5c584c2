// Owns: what a user types where a model is meant.
// Does not own: which names exist (Catalogue) and what is installed (ModelStore).

package import Foundation

/// What a user's text names: a file, a catalogue entry, or a repository on a hub.
package enum ModelReference: Sendable, Equatable {
  /// A file that exists, or a folder with a `config.json`.
  case file(URL)
  /// A name for the catalogue, in lower case, perhaps with a tag: `smollm2:135m-q4_1`.
  case name(String)
  /// A repository on a hub.
  case hub(HubModel)

  /// The longest text that is looked at, in bytes.
  package static let maximumLength = 4096

  /// Reads what a user typed.
  ///
  /// A file that exists, or a folder with a `config.json`, wins over every other meaning. A text with a slash, or ending in `.gguf`, that is no
  /// file is an error rather than a name.
  /// - Parameters:
  ///   - text: What the user typed.
  ///   - currentDirectory: What relative paths start from.
  ///   - homeDirectory: What `~` stands for.
  /// - Throws: `HubError`.
  package init(
    parsing text: String,
    currentDirectory: URL,
    homeDirectory: URL
  ) throws(HubError) {
    guard !text.isEmpty else {
      throw .invalidReference(text: text, reason: "it is empty")
    }
    guard text.utf8.count <= Self.maximumLength else {
      throw .invalidReference(
        text: String(text.prefix(80)) + "...",
        reason: "it has over \(Self.maximumLength) bytes"
      )
    }
    guard text.unicodeScalars.allSatisfy(NameRules.isHarmless) else {
      throw .invalidReference(text: text, reason: "it has control characters")
    }
    if let file = try Self.existingFile(text, from: currentDirectory, home: homeDirectory) {
      self = .file(file)
    } else if let location = Self.hubLocation(in: text) {
      self = .hub(try HubModel(parsing: location))
    } else {
      self = .name(try Self.name(text))
    }
  }

  private static func existingFile(
    _ text: String,
    from currentDirectory: URL,
    home: URL
  ) throws(HubError) -> URL? {
    let url: URL
    if text == "~" || text.hasPrefix("~/") {
      url = home.appending(path: String(text.dropFirst(2)))
    } else if text.hasPrefix("/") {
      url = URL(filePath: text)
    } else {
      url = currentDirectory.appending(path: text)
    }
    let path = url.standardizedFileURL
    guard
      let values = try? path.resolvingSymlinksInPath().resourceValues(forKeys: [
        .isRegularFileKey, .isDirectoryKey,
      ])
    else { return nil }
    if values.isRegularFile == true { return path }
    let configuration = path.appending(path: "config.json").path
    if values.isDirectory == true, FileManager.default.fileExists(atPath: configuration) {
      return path
    }
    // A folder that happens to have a model's name must not hide the model.
    guard text.contains("/") || text.hasPrefix("~") || values.isDirectory != true else {
      return nil
    }
    throw .notAFile(path: path.path)
  }

  // What follows one of the ways to point at a hub: OWNER/REPO[/FILE][@REVISION].
  private static func hubLocation(in text: String) -> String? {
    for prefix in ["hf:", "hf.co/"] where text.hasPrefix(prefix) {
      return String(text.dropFirst(prefix.count))
    }
    for prefix in ["https://huggingface.co/", "https://hf.co/"] where text.hasPrefix(prefix) {
      return locationOfPage(text.dropFirst(prefix.count))
    }
    return nil
  }

  // A page's address has OWNER/REPO[/(blob|resolve|tree)/REVISION[/FILE]][?query].
  private static func locationOfPage(_ address: Substring) -> String {
    let path = address.prefix { $0 != "?" && $0 != "#" }
    let parts = path.split(separator: "/", maxSplits: 4).map(String.init)
    guard parts.count >= 4, ["blob", "resolve", "tree"].contains(parts[2]) else {
      return parts.joined(separator: "/")
    }
    let file = parts.count > 4 ? "/\(parts[4])" : ""
    return "\(parts[0])/\(parts[1])\(file)@\(parts[3])"
  }

  private static func name(_ text: String) throws(HubError) -> String {
    let isPath = text.contains("/") || text.hasPrefix("~") || text.hasPrefix(".")
    guard !isPath, !text.lowercased().hasSuffix(".gguf") else {
      let hint = (try? HubModel(parsing: text)).map { "for a model on a hub write \($0)" }
      throw .noSuchFile(path: text, hint: hint)
    }
    guard isName(text) else {
      throw .invalidReference(
        text: text,
        reason: "a name has letters, digits, '.', '_' and '-', and perhaps a tag after ':'"
      )
    }
    return text.lowercased()
  }

  /// Whether a text can name a catalogue entry: a word, or two words with `:` between them.
  static func isName(_ text: String) -> Bool {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    return parts.count <= 2 && parts.allSatisfy { NameRules.isWord($0, maximumLength: 64) }
  }
}
