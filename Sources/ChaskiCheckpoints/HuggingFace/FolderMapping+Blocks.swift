// Owns: what several families' blocks have and others have not: windows, norms with a bias, activations.

extension FolderMapping {
  /// Adds a norm's gain and bias.
  package mutating func addNorm(_ name: String, from stored: String) {
    addLinear(name, from: stored)
  }

  /// Sets the window of sliding blocks, and which blocks slide: those that `layer_types` names, or, without
  /// that key, those that `slides` says. [L]
  ///
  /// Where `slides` `areUsual`, the architecture knows them, and a file only says what differs.
  ///
  /// - Throws: `CheckpointError` for a list of another length, or of other kinds of layers.
  package mutating func setSlidingBlocks(
    window: Int,
    slides: [Bool],
    areUsual: Bool = false
  ) throws(CheckpointError) {
    var pattern = slides
    if let types = try configuration.texts("layer_types") {
      guard types.count == slides.count else {
        throw configuration.invalid(
          "layer_types",
          "a list of \(slides.count)",
          configuration["layer_types"]
        )
      }
      for (layer, type) in types.enumerated() {
        guard type == "sliding_attention" || type == "full_attention" else {
          throw .unsupported(file: configuration.file, feature: "layers of type \"\(type)\"")
        }
        pattern[layer] = type == "sliding_attention"
      }
    }
    set("attention.sliding_window", window)
    if pattern != slides || !areUsual { set("attention.sliding_window_pattern", pattern) }
  }
}

extension ModelConfiguration {
  /// Throws unless `key` is `value`, or missing.
  package func require(_ key: String, toBe value: String) throws(CheckpointError) {
    let found = try text(key) ?? value
    guard found == value else {
      throw .unsupported(file: file, feature: "\"\(key)\" of \"\(found)\"")
    }
  }
}
