// Owns: which families of folders there are. A new one adds its line here and a file of its own.

/// All families of Hugging Face models that are read.
enum FamilyCatalogue {
  /// The families, one line each.
  static let all: [any CheckpointFamily.Type] = [
    LlamaFamily.self,
    Qwen2Family.self,
    Qwen3Family.self,
    GPT2Family.self,
    OPTFamily.self,
    Gemma2Family.self,
    Phi3Family.self,
    MixtralFamily.self,
    Qwen3MoEFamily.self,
    DeepSeekFamily.self,
    Llama4Family.self,
  ]

  /// The family of `configuration`'s model type.
  ///
  /// - Throws: `CheckpointError.unknownFamily`, or for a configuration without a type.
  static func family(
    of configuration: ModelConfiguration
  ) throws(CheckpointError) -> any CheckpointFamily.Type {
    guard let type = try configuration.text("model_type") else {
      throw .missingKey(file: configuration.file, key: "model_type")
    }
    guard let family = all.first(where: { $0.modelTypes.contains(type) }) else {
      throw .unknownFamily(
        file: configuration.file,
        modelType: type,
        known: all.flatMap { $0.modelTypes }.sorted()
      )
    }
    return family
  }
}
