// Owns: which architectures there are. A new one adds its line here and a file of its own.

/// All architectures, by the name that files give them.
package enum ArchitectureCatalogue {
  /// The definitions, one line each.
  static let all: [any Architecture.Type] = [
    Mixtral.self,
    Llama.self,
    Qwen2.self,
    Qwen3.self,
    Qwen3MoE.self,
    GPT2.self,
    OPT.self,
    OPTPostNorm.self,
    Gemma2.self,
    Phi3.self,
    DeepSeek.self,
    Llama4.self,
  ]

  /// The names of all architectures, each once.
  package static var names: [String] {
    all.map { $0.name }.reduce(into: []) { names, name in
      if !names.contains(name) { names.append(name) }
    }
  }

  /// Builds the model that `source` describes.
  ///
  /// - Throws: `ModelError.unknownArchitecture`, or what the architecture throws.
  package static func build(from source: ModelSource) throws -> any Architecture {
    guard let architecture = all.first(where: { $0.describes(source) }) else {
      throw ModelError.unknownArchitecture(
        name: source.architecture,
        known: names,
        file: source.path
      )
    }
    return try architecture.init(from: source)
  }
}
