// Owns: the tiny models of the shared fixtures and what a reference computed with them.
// Does not own: running a model (TestModel).

import ChaskiTestSupport
import ChaskiFiles
import Foundation
import Testing

/// A tiny model, as a folder or as a GGUF file, with recorded logits, hidden states and tokens.
struct FixtureModel: Sendable, CustomTestStringConvertible {
  /// How the model's files look.
  enum Form: String {
    case folder = "models"
    case gguf
  }

  /// The recording of one prompt.
  struct Prompt {
    let name: String
    let tokens: [Int32]
    let logits: [Float]  // [T * V]
  }

  /// A greedy run: what came after a prompt.
  struct Continuation: Decodable {
    let prompt: String
    let ids: [Int32]
  }

  /// A greedy run over the length at which a rotary embedding changes.
  struct Switch: Decodable {
    let prompt: [Int32]
    /// With the keys that were cached before the change kept as they are.
    let cachedIDs: [Int32]
    /// With everything computed again at the change.
    let renewedIDs: [Int32]

    enum CodingKeys: String, CodingKey {
      case prompt
      case cachedIDs = "manual_cached_loop_ids"
      case renewedIDs = "generate_ids"
    }
  }

  /// What meta.json says.
  struct Meta: Decodable {
    /// Ten times the distance between float32 and float64 runs of the reference, at least 2e-5.
    let tolerance: Float
    /// The distance of each hidden state between those runs.
    let hiddenNoise: [String: Float]
    let greedy: Continuation
    let greedyLong: Continuation
    let crossSwitch: Switch?

    enum CodingKeys: String, CodingKey {
      case tolerance = "suggested_atol_logits"
      case hiddenNoise = "hidden_noise_vs_float64"
      case greedy
      case greedyLong = "greedy_long"
      case crossSwitch = "cross_switch"
    }
  }

  let name: String
  let form: Form

  var testDescription: String { "\(form.rawValue)/\(name)" }

  /// Where the model lies.
  var path: String {
    switch form {
    case .folder: Shared.url("fixtures/models/\(name)").path
    case .gguf: Shared.url("fixtures/gguf/\(name)-f16.gguf").path
    }
  }

  func meta() throws -> Meta {
    let url = Shared.url("fixtures/models/\(name)/meta.json")
    return try JSONDecoder().decode(Meta.self, from: Data(contentsOf: url))
  }

  /// The recording, and what its names begin with.
  func reference() throws -> (file: SafetensorsFile, prefix: String) {
    switch form {
    case .folder: (try SafetensorsFile(path: path + "/reference.safetensors"), "")
    case .gguf:
      (
        try SafetensorsFile(path: Shared.url("fixtures/gguf/reference.safetensors").path),
        name + "."
      )
    }
  }

  /// The prompts that were recorded, shortest first.
  func prompts() throws -> [Prompt] {
    let (file, prefix) = try reference()
    return try ["p0", "p1", "p2", "p3", "p4"].compactMap { prompt in
      guard file.tensor("\(prefix)\(prompt).logits") != nil else { return nil }
      return Prompt(
        name: prompt,
        tokens: try file.int32s("\(prefix)\(prompt).input_ids"),
        logits: try file.floats("\(prefix)\(prompt).logits")
      )
    }
  }

  func prompt(_ name: String) throws -> Prompt {
    try #require(try prompts().first { $0.name == name })
  }

  /// All fixtures.
  static let all: [FixtureModel] = folders + files

  /// The fixtures that run from a folder, for which there are more recordings.
  static let allFolders = all.filter { $0.form == .folder }

  private static let folders = contents("fixtures/models")
    .filter { Shared.exists("fixtures/models/\($0)/config.json") }
    .map { FixtureModel(name: $0, form: .folder) }

  private static let files = contents("fixtures/gguf")
    .filter { $0.hasSuffix("-f16.gguf") }
    .map { FixtureModel(name: String($0.dropLast("-f16.gguf".count)), form: .gguf) }

  private static func contents(_ path: String) -> [String] {
    let url = Shared.url(path)
    return ((try? FileManager.default.contentsOfDirectory(atPath: url.path)) ?? []).sorted()
  }
}
