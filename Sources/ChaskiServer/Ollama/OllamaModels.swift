// Owns: models as Ollama's lists tell them. Source: Ollama's API reference.

import Chaski
import ChaskiChat
import ChaskiGeneration
import Foundation

/// A model in Ollama's words.
struct OllamaModels: Sendable {
  let listing: ModelListing

  private var model: ModelDescription { listing.description }

  /// The name with the tag that Ollama's clients expect.
  var name: String { model.id.contains(":") ? model.id : model.id + ":latest" }

  /// What /api/tags tells.
  var listed: JSONValue {
    var object = common
    object["modified_at"] = .string(Self.time(model.facts.created))
    return .object(object)
  }

  /// What /api/ps tells; what is in use, or stays for good, expires in the last year there is.
  var running: JSONValue {
    var object = common
    object["size"] = .int(listing.byteCount)
    object["expires_at"] = .string(
      listing.expiry?.formatted(.iso8601) ?? "9999-12-31T23:59:59Z"
    )
    object["size_vram"] = 0
    object["context_length"] = .int(model.contextLength)
    return .object(object)
  }

  /// What /api/show tells.
  var shown: JSONValue {
    let family = model.facts.family
    return [
      "license": "", "modelfile": "", "parameters": "",
      "template": .string(model.template), "details": details,
      "model_info": .object([
        "general.architecture": .string(family),
        "general.parameter_count": .int(model.facts.parameterCount),
        "\(family).context_length": .int(model.facts.trainedContextLength),
        "\(family).embedding_length": .int(model.facts.embeddingLength),
      ]),
      "capabilities": model.facts.pooling == nil
        ? ["completion"] : ["completion", "embedding"],
      "modified_at": .string(Self.time(model.facts.created)),
    ]
  }

  private var common: JSONObject {
    [
      "name": .string(name), "model": .string(name), "size": .int(model.facts.byteCount),
      "digest": .string(model.facts.fingerprint), "details": details,
    ]
  }

  private var details: JSONValue {
    [
      "parent_model": "", "format": "gguf", "family": .string(model.facts.family),
      "families": [.string(model.facts.family)],
      "parameter_size": .string(Self.size(model.facts.parameterCount)),
      "quantization_level": .string(model.facts.quantization),
    ]
  }

  private static func time(_ seconds: Int) -> String {
    Date(timeIntervalSince1970: TimeInterval(seconds)).formatted(.iso8601)
  }

  /// A count of weights as Ollama writes it: 134.5M, 7.2B.
  private static func size(_ count: Int) -> String {
    let (value, unit) = count < 1_000_000_000 ? (1e6, "M") : (1e9, "B")
    return String(format: "%.1f", Double(count) / value) + unit
  }
}
