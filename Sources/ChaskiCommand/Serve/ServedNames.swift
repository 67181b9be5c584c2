// Owns: the names by which clients ask for the models that a user named.

import ArgumentParser
import Foundation

/// The models that a user named, and the names that clients call them by.
struct ServedNames: Sendable, Equatable {
  /// A model as the user named it, and its name for clients.
  struct Entry: Sendable, Equatable {
    /// What the user named: a name, a file, a folder.
    let model: String
    /// What clients call it.
    let id: String
  }

  /// The models in the order they were named.
  let entries: [Entry]

  /// The names of `models`; an alias is `NAME` where there is one model, or `NAME=MODEL`, with
  /// the model as it was named or by the name it would have.
  ///
  /// - Throws: `ValidationError` for aliases of models that were not named, and names that are not different.
  init(_ models: [String], aliases: [String]) throws(ValidationError) {
    var names: [String: String] = [:]
    for alias in aliases {
      let (name, model) = try Self.parse(alias, models)
      guard !name.isEmpty else { throw ValidationError("--alias \(alias): the name is empty.") }
      guard names.updateValue(name, forKey: model) == nil else {
        throw ValidationError("--alias \(alias): \(model) has another alias already.")
      }
    }
    entries = models.map { Entry(model: $0, id: names[$0] ?? Self.name(of: $0)) }
    var seen: [String: String] = [:]
    for entry in entries {
      guard let other = seen.updateValue(entry.model, forKey: entry.id) else { continue }
      throw ValidationError(
        "\(other) and \(entry.model) are both called \(entry.id): give one of them --alias NAME=MODEL."
      )
    }
  }

  private static func parse(
    _ alias: String,
    _ models: [String]
  ) throws(ValidationError) -> (name: String, model: String) {
    for model in models {
      for spelling in [model, name(of: model)] where alias.hasSuffix("=" + spelling) {
        return (String(alias.dropLast(spelling.count + 1)), model)
      }
    }
    guard models.count == 1, let model = models.first, !alias.contains("=") else {
      throw ValidationError(
        "--alias \(alias): use NAME=MODEL, where MODEL is one of \(models.map(name(of:)).joined(separator: ", "))."
      )
    }
    return (alias, model)
  }

  /// The name that clients use: a model's own, or a file's without folder and extension.
  static func name(of model: String) -> String {
    guard model.hasPrefix("/") || model.hasPrefix(".") || model.hasPrefix("~") else { return model }
    let file = URL(filePath: model).lastPathComponent
    return file.hasSuffix(".gguf") ? String(file.dropLast(5)) : file
  }
}
