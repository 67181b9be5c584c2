// Owns: collecting what a `config.json` says of a checkpoint. Does not own: what one family alone says.

import ChaskiFiles

/// The entries of a `config.json`, while a family reads them from a checkpoint's keys.
struct ConfigurationEntries {
  /// The model that is described.
  let checkpoint: any Checkpoint
  /// The entries so far, in order; a later one of a name replaces the earlier.
  private(set) var all: [(key: String, value: ConfigurationValue)] = []

  /// The entries of a model of `type`, which transformers calls `name`.
  init(_ checkpoint: any Checkpoint, class name: String, type: String) {
    self.checkpoint = checkpoint
    set("architectures", .list([.text(name)]))
    set("model_type", .text(type))
  }

  // MARK: - Writing

  mutating func set(_ key: String, _ value: ConfigurationValue) {
    all.removeAll { $0.key == key }
    all.append((key, value))
  }

  mutating func set(_ key: String, _ value: Int) { set(key, .integer(value)) }

  mutating func set(_ key: String, _ value: Bool) { set(key, .bool(value)) }

  mutating func set(_ key: String, _ value: String) { set(key, .text(value)) }

  mutating func set(_ key: String, _ value: Float) { set(key, .number(shortest(value))) }

  // MARK: - Reading

  /// The hyperparameter `name`, a size or number of things, or nil.
  ///
  /// - Throws: `CheckpointError.invalidKey` for a number that is none.
  func int(_ name: String) throws -> Int? {
    guard let value = try checkpoint.int(key(name)) else { return nil }
    return try checked(value, name, in: 0...Int(Int32.max))
  }

  /// The hyperparameter `name`, or `default`.
  func int(_ name: String, default: Int) throws -> Int { try int(name) ?? `default` }

  /// The hyperparameter `name`, or else an error.
  func requireInt(_ name: String) throws -> Int {
    try checked(checkpoint.requireInt(key(name)), name, in: 0...Int(Int32.max))
  }

  /// L, how many blocks there are.
  func blockCount() throws -> Int {
    try checked(requireInt("block_count"), "block_count", in: 1...4096)
  }

  private func checked(
    _ value: Int,
    _ name: String,
    in range: ClosedRange<Int>
  ) throws(CheckpointError) -> Int {
    guard range.contains(value) else {
      throw .invalidKey(
        file: checkpoint.path,
        key: key(name),
        expected: "between \(range.lowerBound) and \(range.upperBound)",
        found: "\(value)"
      )
    }
    return value
  }

  /// The hyperparameter `name`, or nil.
  func float(_ name: String) throws -> Float? { try checkpoint.float(key(name)) }

  /// The full key of a hyperparameter.
  func key(_ name: String) -> String { checkpoint.architecture + "." + name }

  /// Whether the checkpoint has the tensor `name`.
  func has(_ name: String) -> Bool { checkpoint.tensor(name) != nil }

  /// Whether block 0 has a bias for all of these projections.
  ///
  /// - Throws: `CheckpointError.unsupported` if some have one and others have not.
  func haveBiases(_ names: [String]) throws(CheckpointError) -> Bool {
    let found = names.filter { has("blk.0.\($0).bias") }
    guard found.isEmpty || found.count == names.count else {
      throw unsupported("a bias in \(found[0]) alone")
    }
    return !found.isEmpty
  }

  /// The error for what folders of this family cannot say.
  func unsupported(_ feature: String) -> CheckpointError {
    .unsupported(file: checkpoint.path, feature: "a folder with " + feature)
  }

  // MARK: - What many decoders say

  /// Sets what `FolderMapping.setDecoder` reads, and whether the output is tied to the embedding.
  ///
  /// - Returns: E, the width of a head.
  @discardableResult
  mutating func setDecoder() throws -> Int {
    let width = try requireInt("embedding_length")
    let headCount = try requireInt("attention.head_count")
    let headWidth = try int("attention.key_length", default: width / max(headCount, 1))
    let epsilon = try checkpoint.requireFloat(key("attention.layer_norm_rms_epsilon"))
    set("hidden_size", width)
    set("intermediate_size", try requireInt("feed_forward_length"))
    set("num_hidden_layers", try blockCount())
    set("num_attention_heads", headCount)
    set("num_key_value_heads", try int("attention.head_count_kv", default: headCount))
    set("head_dim", headWidth)
    set("max_position_embeddings", try requireInt("context_length"))
    set("rms_norm_eps", epsilon)
    try setVocabulary()
    return headWidth
  }

  /// Sets how many tokens there are, and whether the output is tied to their embedding.
  mutating func setVocabulary() throws {
    let embedding = try checkpoint.requireTensor("token_embd.weight")
    set("vocab_size", embedding.dimensions.last ?? 0)
    set("tie_word_embeddings", !has("output.weight"))
  }

  /// Sets the rotary embedding of heads of `headWidth`.
  mutating func setRotary(headWidth: Int, isPartial: Bool = false) throws {
    let entries = try RotaryConfiguration.entries(
      of: checkpoint,
      headWidth: headWidth,
      isPartial: isPartial
    )
    for (key, value) in entries { set(key, value) }
  }

  /// Sets the window of all blocks, or none.
  mutating func setWindow() throws {
    let window = try int("attention.sliding_window") ?? 0
    set("sliding_window", window > 0 ? .integer(window) : .null)
  }

  /// Sets which blocks slide, where the checkpoint says it block by block.
  ///
  /// - Returns: Which slide, or nil where it does not say. [L]
  @discardableResult
  mutating func setSlidingBlocks() throws -> [Bool]? {
    let key = key("attention.sliding_window_pattern")
    guard let slides = try checkpoint.bools(key) else {
      guard !checkpoint.keys.contains(key) else { throw unsupported("a period of sliding layers") }
      return nil
    }
    set(
      "layer_types",
      .list(slides.map { .text($0 ? "sliding_attention" : "full_attention") })
    )
    return slides
  }
}
