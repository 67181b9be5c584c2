// Owns: the few facts about a model that mixes look at. Does not own: the rules (MixRules).

package import ChaskiCheckpoints

/// What a mix needs to know of a model beside the names and shapes of its tensors.
package struct ModelFacts: Sendable, Equatable {
  /// The architecture's name in GGUF.
  package var architecture: String
  /// Layers.
  package var blockCount: Int
  /// Query heads that share a key/value head, in the first layer; 0 without key/value heads.
  package var groupedQueryCount: Int
  /// Experts of a layer; 0 for a dense model.
  package var expertCount: Int
  /// Whether an importance matrix is at hand.
  package var hasImportance: Bool

  package init(
    architecture: String,
    blockCount: Int,
    groupedQueryCount: Int = 1,
    expertCount: Int = 0,
    hasImportance: Bool = false
  ) {
    self.architecture = architecture
    self.blockCount = blockCount
    self.groupedQueryCount = groupedQueryCount
    self.expertCount = expertCount
    self.hasImportance = hasImportance
  }

  /// The facts of `checkpoint`, by GGUF's keys.
  package init(_ checkpoint: any Checkpoint, hasImportance: Bool) throws {
    let prefix = checkpoint.architecture + "."
    func first(_ key: String) throws -> Int? {
      // One number for all layers, or one for each.
      try checkpoint.ints(prefix + key)?.first ?? checkpoint.int(prefix + key)
    }
    let heads = try first("attention.head_count") ?? 0
    let keyValueHeads = try first("attention.head_count_kv") ?? heads
    self.init(
      architecture: checkpoint.architecture,
      blockCount: try checkpoint.int(prefix + "block_count") ?? 0,
      groupedQueryCount: keyValueHeads > 0 ? heads / keyValueHeads : 0,
      expertCount: try checkpoint.int(prefix + "expert_count") ?? 0,
      hasImportance: hasImportance
    )
  }

  /// Whether llama.cpp counts the model among those of 70 billion weights, whose values it spares.
  var isSeventyBillion: Bool {
    switch architecture {
    case "llama": blockCount == 80 && groupedQueryCount > 1
    case "qwen2", "deci", "olmo": blockCount == 80
    case "jais2": blockCount == 68
    default: false
    }
  }
}
