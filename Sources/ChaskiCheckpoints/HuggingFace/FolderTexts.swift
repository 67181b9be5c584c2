// Owns: a folder's chat templates and advice on sampling, as the keys that a GGUF file has for them.
// Does not own: the tokenizer, what a template says (ChaskiChat).

import ChaskiFiles
import Foundation

/// The texts of a folder that a GGUF file holds as keys.
enum FolderTexts {
  private static let byteLimit = 16 << 20

  /// `tokenizer.chat_template`, and `tokenizer.chat_template.NAME` with `tokenizer.chat_templates` for others.
  ///
  /// A `chat_template.jinja` comes before one in `tokenizer_config.json`, as transformers has it.
  ///
  /// - Throws: `CheckpointError`.
  static func keys(_ folder: String) throws(CheckpointError) -> [(name: String, value: GGUFValue)] {
    let templates = try templates(folder)
    var keys: [(name: String, value: GGUFValue)] = []
    let others = templates.filter { $0.name != "default" }
    if let template = templates.first(where: { $0.name == "default" }) {
      keys.append(("tokenizer.chat_template", .text(template.text)))
    }
    guard !others.isEmpty else { return keys }
    keys.append(("tokenizer.chat_templates", .array(.string, others.map { .text($0.name) })))
    for template in others {
      keys.append(("tokenizer.chat_template.\(template.name)", .text(template.text)))
    }
    return keys
  }

  /// `generation_config.json`, or nil without it.
  ///
  /// - Throws: `CheckpointError.invalidFile`.
  static func generation(_ folder: String) throws(CheckpointError) -> ModelConfiguration? {
    let file = folder + "/generation_config.json"
    guard case .object(let values)? = try readJSON(file, as: ConfigurationValue.self) else {
      return nil
    }
    return ModelConfiguration(file: file, values: values)
  }

  /// How the model's makers would choose tokens, as `general.sampling.*`.
  ///
  /// Source: the keys of `generation_config.json` as transformers 5 documents them; GGUF's as llama.cpp reads
  /// them since November 2025.
  ///
  /// - Throws: `CheckpointError`.
  static func samplingKeys(
    _ folder: String
  ) throws(CheckpointError) -> [(name: String, value: GGUFValue)] {
    guard let generation = try generation(folder) else { return [] }
    var keys: [(name: String, value: GGUFValue)] = []
    if let topK = try generation.optionalInt("top_k") {
      let limit = Int(Int32.max)
      guard (-1...limit).contains(topK) else {
        throw generation.invalid("top_k", "from -1 to \(limit)", .integer(topK))
      }
      keys.append(("general.sampling.top_k", .int32(Int32(topK))))
    }
    for (name, key) in [
      ("top_p", "top_p"), ("min_p", "min_p"), ("temperature", "temp"),
      ("repetition_penalty", "penalty_repeat"),
    ] {
      guard let value = try generation.optionalFloat(name) else { continue }
      keys.append(("general.sampling." + key, .float32(value)))
    }
    return keys
  }

  private static func templates(
    _ folder: String
  ) throws(CheckpointError) -> [(name: String, text: String)] {
    let path = folder + "/chat_template.jinja"
    if let bytes = try readFile(path, byteLimit: byteLimit) {
      guard let text = String(bytes: bytes, encoding: .utf8) else {
        throw .invalidFile(file: path, reason: "it is not UTF-8 text")
      }
      return [("default", text)]
    }
    for name in ["chat_template.json", "tokenizer_config.json"] {
      let path = folder + "/" + name
      guard let value = try readJSON(path, as: ConfigurationValue.self, byteLimit: byteLimit),
        case .object(let values) = value
      else { continue }
      let configuration = ModelConfiguration(file: path, values: values)
      switch configuration["chat_template"] {
      case nil: continue
      case .text(let text): return [("default", text)]
      case .list(let elements): return try named(elements, path)
      case let other: throw configuration.invalid("chat_template", "a text or a list", other)
      }
    }
    return []
  }

  /// The templates of a list of named ones.
  private static func named(
    _ elements: [ConfigurationValue],
    _ path: String
  ) throws(CheckpointError) -> [(name: String, text: String)] {
    var templates: [(name: String, text: String)] = []
    for element in elements {
      guard case .object(let fields) = element, case .text(let name)? = fields["name"],
        case .text(let text)? = fields["template"]
      else {
        throw .invalidFile(file: path, reason: "a chat template lacks its name or text")
      }
      templates.append((name, text))
    }
    return templates
  }
}
