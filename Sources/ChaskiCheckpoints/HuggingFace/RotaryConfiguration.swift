// Owns: how folders say what their rotary embedding is, in both spellings, and GGUF's keys for it.
// Does not own: the angles (ChaskiLayers).

import Foundation

/// A folder's rotary embedding: `rope_theta` with `rope_scaling` beside it, as transformers 4 writes them,
/// or both in `rope_parameters`, as transformers 5 does.
///
/// In GGUF: Llama 3's scaling becomes the tensor `rope_freqs.weight`, which every reader divides
/// frequencies by; `linear` and `yarn` have keys; `longrope` has two tensors of factors. For `dynamic`, which
/// GGUF does not know, `rope.scaling.type` is "dynamic", with `rope.scaling.factor` and the original context.
/// An `attention_factor` that is not YaRN's usual 0.1 ln(factor) + 1 is kept as `rope.scaling.attn_factor`,
/// the ratio of the two.
package struct RotaryConfiguration: Sendable {
  /// The base of the frequencies.
  package let theta: Float
  /// The kind of scaling: `default`, `linear`, `dynamic`, `yarn`, `longrope`, `llama3`, ...
  package let type: String
  /// The numbers of the scaling; empty without one.
  package let parameters: ModelConfiguration
  /// The part of a head that is rotated.
  package let partialFactor: Float
  private let contextLength: Int
  private let topLevelOriginalContext: Int?

  /// The rotary embedding of `configuration`, or of one kind of layers in it (`rope_parameters.NAME`).
  package init(
    _ configuration: ModelConfiguration,
    layers: String? = nil,
    defaultTheta: Float = 10_000,
    defaultContext: Int = 2048
  ) throws(CheckpointError) {
    let empty = ModelConfiguration(file: configuration.file, values: [:])
    var found = try configuration.nested("rope_parameters")
    if let layers, let own = try found?.nested(layers) { found = own }
    if found == nil { found = try configuration.nested("rope_scaling") }
    let parameters = found ?? empty
    self.parameters = parameters
    let inner = try parameters.optionalFloat("rope_theta")
    let outer = try configuration.float("rope_theta", default: defaultTheta)
    theta = inner ?? outer
    guard theta >= 1, theta <= 1e12 else {
      throw configuration.invalid("rope_theta", "between 1 and 1e12", .number(Double(theta)))
    }
    let oldType = try parameters.text("type")
    let type = try parameters.text("rope_type") ?? oldType ?? "default"
    // Phi-3's first files call it "su".
    self.type = type == "su" ? "longrope" : type
    let outerFactor = try configuration.float("partial_rotary_factor", default: 1)
    partialFactor = try parameters.optionalFloat("partial_rotary_factor") ?? outerFactor
    contextLength = try configuration.int("max_position_embeddings", default: defaultContext)
    topLevelOriginalContext = try configuration.optionalInt("original_max_position_embeddings")
  }

  /// The context that the frequencies were first trained for.
  package func originalContext() throws(CheckpointError) -> Int {
    let found = try parameters.optionalInt("original_max_position_embeddings")
    let context = found ?? topLevelOriginalContext ?? contextLength
    guard 1...Int(Int32.max) ~= context else {
      throw parameters.invalid(
        "original_max_position_embeddings",
        "a number of tokens",
        .integer(context)
      )
    }
    return context
  }

  /// The factor of the scaling.
  package func factor() throws(CheckpointError) -> Float {
    let factor = try parameters.float("factor")
    guard factor >= 0.001, factor <= 1e6 else {
      throw parameters.invalid("factor", "between 0.001 and 1e6", .number(Double(factor)))
    }
    return factor
  }
}

extension FolderMapping {
  /// Sets the keys, and adds the tensors, that describe the rotary embedding of heads of `headWidth`.
  package mutating func setRotary(
    _ rotary: RotaryConfiguration,
    headWidth: Int
  ) throws(CheckpointError) {
    let width = Int((Float(headWidth) * rotary.partialFactor).rounded(.towardZero))
    set("rope.dimension_count", width)
    set("rope.freq_base", rotary.theta)
    switch rotary.type {
    case "default": return
    case "linear":
      set("rope.scaling.type", "linear")
      set("rope.scaling.factor", try rotary.factor())
    case "dynamic":
      set("rope.scaling.type", "dynamic")
      set("rope.scaling.factor", try rotary.factor())
      set("rope.scaling.original_context_length", try rotary.originalContext())
    case "llama3":
      add("rope_freqs.weight", .values(try rotary.llama3Factors(width: width)))
    case "yarn": try setYaRN(rotary)
    case "longrope": try setLongRope(rotary, width: width)
    default:
      throw .unsupported(
        file: configuration.file,
        feature: "rotary scaling of type \"\(rotary.type)\""
      )
    }
  }

  private mutating func setYaRN(_ rotary: RotaryConfiguration) throws(CheckpointError) {
    let factor = try rotary.factor()
    set("rope.scaling.type", "yarn")
    set("rope.scaling.factor", factor)
    set("rope.scaling.original_context_length", try rotary.originalContext())
    if let fast = try rotary.parameters.optionalFloat("beta_fast") {
      set("rope.scaling.yarn_beta_fast", fast)
    }
    if let slow = try rotary.parameters.optionalFloat("beta_slow") {
      set("rope.scaling.yarn_beta_slow", slow)
    }
    if let attention = try rotary.parameters.optionalFloat("attention_factor") {
      set("rope.scaling.attn_factor", attention / Float(0.1 * log(Double(max(factor, 1))) + 1))
    }
  }

  private mutating func setLongRope(
    _ rotary: RotaryConfiguration,
    width: Int
  ) throws(CheckpointError) {
    let original = try rotary.originalContext()
    let context = try configuration.int("max_position_embeddings")
    set("rope.scaling.type", "longrope")
    set("rope.scaling.original_context_length", original)
    let stretch =
      try rotary.parameters.optionalFloat("factor") ?? Float(context) / Float(original)
    let usual = RotaryConfiguration.longRopeMagnitude(stretch: stretch, original: original)
    set(
      "rope.scaling.attn_factor",
      try rotary.parameters.float("attention_factor", default: usual)
    )
    for (key, name) in [("long_factor", "long"), ("short_factor", "short")] {
      guard let factors = try rotary.parameters.floats(key) else {
        throw .missingKey(file: configuration.file, key: "rope_scaling.\(key)")
      }
      guard factors.count == width / 2, factors.allSatisfy({ $0 > 0 }) else {
        throw rotary.parameters.invalid(
          key,
          "\(width / 2) numbers above 0",
          rotary.parameters[key]
        )
      }
      add("rope_factors_\(name).weight", .values(factors))
    }
  }
}

extension RotaryConfiguration {
  /// What sines and cosines are multiplied with where a context of `original` tokens is stretched.
  ///
  /// Source: Ding et al. 2024, https://arxiv.org/abs/2402.13753, and Phi-3's published code.
  static func longRopeMagnitude(stretch: Float, original: Int) -> Float {
    stretch > 1 && original > 1
      ? Float((1 + log(Double(stretch)) / log(Double(original))).squareRoot()) : 1
  }

  /// What Llama 3.1's scaling divides the frequency of each pair by. [width / 2]
  ///
  /// Source: Meta 2024, https://arxiv.org/abs/2407.21783, and the model's published code.
  func llama3Factors(width: Int) throws(CheckpointError) -> [Float] {
    let factor = Double(try factor())
    let low = Double(try parameters.float("low_freq_factor", default: 1))
    let high = Double(try parameters.float("high_freq_factor", default: 4))
    let context = Double(try originalContext())
    // Llama 4 gives both the same: nothing is smoothed.
    guard low > 0, high >= low else {
      throw parameters.invalid("high_freq_factor", "at least low_freq_factor", .number(high))
    }
    return (0..<width / 2).map { pair in
      let frequency = 1 / Float(pow(Double(theta), Double(Float(2 * pair) / Float(width))))
      let wavelength = 2 * Double.pi / Double(frequency)
      if wavelength < context / high { return 1 }
      if wavelength > context / low || low == high { return Float(factor) }
      let smooth = (context / wavelength - low) / (high - low)
      return Float(1 / ((1 - smooth) / factor + smooth))
    }
  }
}
