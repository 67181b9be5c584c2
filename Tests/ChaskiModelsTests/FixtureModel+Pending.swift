// Owns: which fixtures wait for an architecture. Empty when every family runs.

extension FixtureModel {
  /// Fixtures that do not run yet; a test sees to it that none is forgotten here when it does.
  static let pending: Set<String> = [
    "gguf/deepseek-v3", "gguf/mixtral", "models/deepseek-v2", "models/deepseek-v2-lite",
    "models/deepseek-v3", "models/llama4-maverick-hub", "models/llama4-scout-text",
    "models/mixtral",
    "models/qwen3-moe",
  ]
}
