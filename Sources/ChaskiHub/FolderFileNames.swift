// Owns: which files of a repository make a model's folder. Does not own: what is in them.

/// The names of the files of a Hugging Face folder, which lie at the top of its repository.
enum FolderFileNames {
  /// The file without which a folder is no model.
  static let configuration = "config.json"

  /// Texts, none of which must be there.
  static let texts = [
    "generation_config.json", "tokenizer.json", "tokenizer_config.json", "tokenizer.model",
    "tekken.json", "vocab.json", "merges.txt", "special_tokens_map.json", "added_tokens.json",
    "chat_template.jinja", "chat_template.json",
  ]

  /// The forms that weights have, best first: the stem and the ending of the name.
  static let weights = [("model", "safetensors"), ("pytorch_model", "bin")]

  /// Whether a path of a repository may be one of a folder's files.
  static func contains(_ path: String) -> Bool {
    path == configuration || texts.contains(path)
      || weights.contains { stem, ending in
        path == "\(stem).\(ending)" || path == index(stem, ending)
          || part(path, stem, ending) != nil
      }
  }

  /// The name of the index of weights in several files.
  static func index(_ stem: String, _ ending: String) -> String { "\(stem).\(ending).index.json" }

  /// The number of a part, from 1, and of how many, for a name such as `model-00002-of-00003.safetensors`.
  static func part(
    _ path: String,
    _ stem: String,
    _ ending: String
  ) -> (number: Int, count: Int)? {
    let prefix = stem + "-"
    guard path.hasPrefix(prefix), path.hasSuffix("." + ending) else { return nil }
    let numbers = path.dropFirst(prefix.count).dropLast(ending.count + 1)
    guard let match = numbers.wholeMatch(of: /([0-9]{5})-of-([0-9]{5})/),
      let number = Int(match.1), let count = Int(match.2), 1...count ~= number
    else { return nil }
    return (number, count)
  }
}
