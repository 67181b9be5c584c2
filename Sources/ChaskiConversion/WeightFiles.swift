// Owns: the names of a folder's weight files, and the index of several. Does not own: what is in them.

import Foundation

/// The weight files of a Hugging Face folder.
enum WeightFiles {
  /// The file that says which tensor lies where.
  static let indexName = "model.safetensors.index.json"

  /// The name of file `number` of `count`, counted from 0.
  static func name(of number: Int, of count: Int) -> String {
    guard count > 1 else { return "model.safetensors" }
    func digits(_ number: Int) -> String {
      let text = String(number)
      return String(repeating: "0", count: max(5 - text.count, 0)) + text
    }
    return "model-\(digits(number + 1))-of-\(digits(count)).safetensors"
  }

  private struct Index: Encodable {
    struct Metadata: Encodable { let total_size: Int }
    let metadata: Metadata
    let weight_map: [String: String]
  }

  /// The text of the index of `files`.
  static func index(
    _ files: [(name: String, tensors: [(name: String, byteCount: Int)])]
  ) throws -> Data {
    var map: [String: String] = [:]
    var total = 0
    for file in files {
      for tensor in file.tensors {
        map[tensor.name] = file.name
        total += tensor.byteCount
      }
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return try encoder.encode(Index(metadata: .init(total_size: total), weight_map: map))
  }

  /// Removes weights that were in the folder before: a reader would take them for the model's.
  static func removeOthers(than names: [String], in folder: URL) throws {
    for name in try FileManager.default.contentsOfDirectory(atPath: folder.path)
    where !names.contains(name) && isOurs(name) {
      try FileManager.default.removeItem(at: folder.appending(path: name))
    }
  }

  private static func isOurs(_ name: String) -> Bool {
    name == indexName || name == "model.safetensors"
      || name.wholeMatch(of: /model-[0-9]{5}-of-[0-9]{5}\.safetensors/) != nil
  }
}
