// Owns: finding a model by its short name, and a user's own list of names.
// Does not own: the list that comes with the program (Catalogue+BuiltIn).

package import Foundation

/// The models that have short names.
package struct Catalogue: Sendable {
  /// The entries, in the order in which they are shown.
  package private(set) var entries: [CatalogueEntry]
  private var byName: [String: Int]

  /// The name of the model that is used when none is named.
  package static let defaultName = "smollm2"

  /// The largest catalogue file that is read, in bytes.
  package static let maximumFileSize = 1 << 20

  /// Makes a catalogue; of two entries with one name, the later one has it.
  package init(entries: [CatalogueEntry]) {
    self.entries = []
    byName = [:]
    for entry in entries { add(entry) }
  }

  /// The built-in catalogue, extended by a user's file where that exists.
  ///
  /// The file is `{"models": [{"name": ..., "source": {"hub": "OWNER/REPO/FILE"}, ...}]}`, with the fields of
  /// ``CatalogueEntry``. A name in it replaces the same built-in name.
  /// - Throws: `HubError.invalidCatalogue` when the file is there and cannot be used.
  package init(userFile: URL?) throws(HubError) {
    self.init(entries: Self.builtIn)
    guard let userFile, FileManager.default.fileExists(atPath: userFile.path) else { return }
    for entry in try Self.read(userFile) { add(entry) }
  }

  private struct Document: Decodable {
    let models: [CatalogueEntry]
  }

  private static func read(_ file: URL) throws(HubError) -> [CatalogueEntry] {
    let document: Document
    do {
      let data = try FileAccess.read(file, maximumSize: maximumFileSize)
      document = try JSONDecoder().decode(Document.self, from: data)
    } catch {
      throw .invalidCatalogue(path: file.path, reason: JSONProblem.sentence(for: error))
    }
    if let problem = document.models.lazy.compactMap(\.problem).first {
      throw .invalidCatalogue(path: file.path, reason: problem)
    }
    return document.models
  }

  private mutating func add(_ entry: CatalogueEntry) {
    if let old = byName[entry.name], entries[old].name == entry.name {
      entries[old] = entry
    } else {
      entries.append(entry)
    }
    guard let index = entries.lastIndex(where: { $0.name == entry.name }) else { return }
    for name in [entry.name] + entry.aliases { byName[name] = index }
  }

  /// The entry that has `name` as its name or alias, upper and lower case alike.
  ///
  /// - Throws: `HubError.unknownModel`, with the nearest names.
  package func entry(named name: String) throws(HubError) -> CatalogueEntry {
    let name = name.lowercased()
    guard let index = byName[name] else {
      throw .unknownModel(name: name, suggestions: suggestions(for: name))
    }
    return entries[index]
  }

  // Names that begin alike or are few keystrokes away; else all first names.
  private func suggestions(for name: String) -> [String] {
    let stem = name.prefix { $0 != ":" }
    let near = byName.keys.filter { known in
      known.hasPrefix(stem) || Self.distance(known.prefix { $0 != ":" }, stem) <= 2
    }
    return near.isEmpty ? entries.map(\.name) : near.sorted()
  }

  // Levenshtein's distance; names have at most 64 characters, so the square is small.
  private static func distance(_ left: some StringProtocol, _ right: some StringProtocol) -> Int {
    let right = Array(right.utf8)
    var row = Array(0...right.count)
    for (i, a) in left.utf8.enumerated() {
      var diagonal = row[0]
      row[0] = i + 1
      for (j, b) in right.enumerated() {
        let substituted = diagonal + (a == b ? 0 : 1)
        diagonal = row[j + 1]
        row[j + 1] = min(substituted, diagonal + 1, row[j] + 1)
      }
    }
    return row[right.count]
  }
}
