// Owns: the fixtures' models that have no tokenizer of their own, with one whose tokens are letters.
// Does not own: what is measured with them.

import ChaskiTestSupport
import ChaskiEvaluation
import ChaskiFiles
import ChaskiGeneration
import ChaskiTensors
import Foundation
import Testing

/// A folder of `fixtures/models` with a letter for each token, so that every list of tokens is a text.
struct LetteredModel {
  /// What meta.json says.
  private struct Meta: Decodable {
    struct Switch: Decodable {
      let prompt: [Int32]
      let generated: [Int32]

      enum CodingKeys: String, CodingKey {
        case prompt
        case generated = "generate_ids"
      }
    }

    let tolerance: Double
    let crossSwitch: Switch

    enum CodingKeys: String, CodingKey {
      case tolerance = "suggested_atol_logits"
      case crossSwitch = "cross_switch"
    }
  }

  private static let vocabularyCount = 176
  /// The token that begins every text.
  static let beginning: Int32 = 1

  /// The model.
  let model: LanguageModel
  /// How far a logit may be from the recorded one.
  let tolerance: Double
  /// A greedy run over the length at which angles change: its prompt, and what comes after.
  let run: (prompt: [Int32], continuation: [Int32])
  private let reference: SafetensorsFile

  init(_ name: String) async throws {
    let folder = Shared.url("fixtures/models/\(name)")
    let meta = try JSONDecoder().decode(
      Meta.self,
      from: Data(contentsOf: folder.appending(path: "meta.json"))
    )
    tolerance = meta.tolerance
    run = (meta.crossSwitch.prompt, meta.crossSwitch.generated)
    reference = try SafetensorsFile(path: folder.appending(path: "reference.safetensors").path)
    let copy = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: copy, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: copy) }
    for name in ["config.json", "model.safetensors"] {
      try FileManager.default.copyItem(
        at: folder.appending(path: name),
        to: copy.appending(path: name)
      )
    }
    try Data(Self.tokenizer.utf8).write(to: copy.appending(path: "tokenizer.json"))
    try Data(#"{"bos_token": "<s>", "eos_token": "</s>"}"#.utf8)
      .write(to: copy.appending(path: "tokenizer_config.json"))
    model = try await LanguageModel.load(path: copy.path, on: CPUBackend(threadCount: 1))
  }

  /// The recorded tokens of a prompt.
  func tokens(_ prompt: String) throws -> [Int32] { try reference.int32s("\(prompt).input_ids") }

  /// The log-probability of `token` after each of a prompt's tokens, by the recorded logits.
  func logProbability(of token: Int32, after position: Int, in prompt: String) throws -> Double {
    let logits = try reference.floats("\(prompt).logits")
    let row = logits[position * Self.vocabularyCount..<(position + 1) * Self.vocabularyCount]
    let total = row.reduce(0.0) { $0 + exp(Double($1)) }
    return Double(row[row.startIndex + Int(token)]) - log(total)
  }

  /// The text of `tokens`, without the one that begins every text.
  static func text(_ tokens: some Sequence<Int32>) -> String {
    var text = ""
    for token in tokens where token != beginning {
      text.unicodeScalars.append(letter(token))
    }
    return text
  }

  /// Characters that nothing normalises or splits, one for each token.
  private static func letter(_ token: Int32) -> Unicode.Scalar {
    Unicode.Scalar(0x4E00 + UInt32(token)) ?? "?"
  }

  /// Single letters and two marks; what is no letter of it, such as the space before an ending, is no token.
  private static let tokenizer: String = {
    let letters = (0..<Int32(vocabularyCount)).map { id in
      id == 1 ? "\"<s>\": 1" : id == 2 ? "\"</s>\": 2" : "\"\(letter(id))\": \(id)"
    }
    return """
      {"added_tokens": [{"id": 1, "content": "<s>", "special": true},
        {"id": 2, "content": "</s>", "special": true}],
       "post_processor": {"type": "TemplateProcessing",
        "single": [{"SpecialToken": {"id": "<s>", "type_id": 0}},
          {"Sequence": {"id": "A", "type_id": 0}}],
        "special_tokens": {"<s>": {"id": "<s>", "ids": [1], "tokens": ["<s>"]}}},
       "model": {"type": "BPE", "vocab": {\(letters.joined(separator: ", "))}, "merges": []}}
      """
  }()
}
