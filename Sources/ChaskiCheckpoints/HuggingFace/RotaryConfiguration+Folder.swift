// Owns: what a `config.json` says of a rotary embedding, read from GGUF's keys and tensors.
// Does not own: the other way (RotaryConfiguration).

import ChaskiFiles
import ChaskiTensors
import Foundation

/// The decimal number that names `value`, without the digits that widening it would add.
func shortest(_ value: Float) -> Double { Double("\(value)") ?? Double(value) }

extension RotaryConfiguration {
  /// `rope_theta` and, for a scaled embedding, `rope_scaling`, as transformers 4 and 5 read them.
  ///
  /// Heads may be rotated in part where the family `isPartial`.
  ///
  /// - Throws: `CheckpointError.unsupported` for factors of pairs that are not Llama 3's, or what reading a key
  ///   throws.
  static func entries(
    of checkpoint: any Checkpoint,
    headWidth: Int,
    isPartial: Bool = false
  ) throws -> [(key: String, value: ConfigurationValue)] {
    let prefix = checkpoint.architecture + ".rope."
    let theta = try checkpoint.float(prefix + "freq_base") ?? 10_000
    let width = try checkpoint.int(prefix + "dimension_count") ?? headWidth
    var entries: [(key: String, value: ConfigurationValue)] = [
      ("rope_theta", .number(shortest(theta)))
    ]
    if width != headWidth {
      guard isPartial, width > 0, width < headWidth else {
        throw CheckpointError.unsupported(
          file: checkpoint.path,
          feature: "a folder whose heads are rotated in part"
        )
      }
      // The rule rounds towards zero.
      let part = Float(width) / Float(headWidth)
      let factor = Int(Float(headWidth) * part) == width ? part : part.nextUp
      entries.append(("partial_rotary_factor", .number(shortest(factor))))
    }
    if checkpoint.tensor("rope_factors_long.weight") != nil {
      return try entries + longRope(of: checkpoint, prefix: prefix)
    }
    let scaling = try scaling(of: checkpoint, prefix: prefix, theta: theta, width: width)
    if let scaling { entries.append(("rope_scaling", .object(scaling))) }
    return entries
  }

  /// Two lists of factors, for texts up to the first context and beyond.
  private static func longRope(
    of checkpoint: any Checkpoint,
    prefix: String
  ) throws -> [(key: String, value: ConfigurationValue)] {
    var scaling: [String: ConfigurationValue] = ["type": .text("longrope")]
    for name in ["long", "short"] {
      let tensor = try checkpoint.requireTensor("rope_factors_\(name).weight")
      let factors = try floats(of: tensor, in: checkpoint)
      scaling["\(name)_factor"] = .list(factors.map { .number(shortest($0)) })
    }
    let context = try checkpoint.requireInt(checkpoint.architecture + ".context_length")
    let original = try checkpoint.int(prefix + "scaling.original_context_length") ?? context
    if let found = try checkpoint.float(prefix + "scaling.attn_factor"),
      found != longRopeMagnitude(stretch: Float(context) / Float(original), original: original)
    {
      scaling["attention_factor"] = .number(shortest(found))
    }
    return [
      ("original_max_position_embeddings", .integer(original)), ("rope_scaling", .object(scaling)),
    ]
  }

  private static func floats(
    of tensor: CheckpointTensor,
    in checkpoint: any Checkpoint
  ) throws -> [Float] {
    let bytes = checkpoint.bytes(of: tensor)
    // Bytes have no padding, so every one of them may be read.
    return try dequantize(unsafe bytes.span.bytes, type: tensor.type, name: tensor.name)
  }

  private static func scaling(
    of checkpoint: any Checkpoint,
    prefix: String,
    theta: Float,
    width: Int
  ) throws -> [String: ConfigurationValue]? {
    if let tensor = checkpoint.tensor("rope_freqs.weight") {
      let factors = try floats(of: tensor, in: checkpoint)
      guard !factors.allSatisfy({ $0 == 1 }) else { return nil }
      guard let found = llama3(factors, theta: theta, width: width) else {
        throw CheckpointError.unsupported(
          file: checkpoint.path,
          feature: "a folder with other rotary factors than Llama 3's"
        )
      }
      return found
    }
    let factor =
      try checkpoint.float(prefix + "scaling.factor") ?? checkpoint.float(prefix + "scale_linear")
    let type = try checkpoint.string(prefix + "scaling.type") ?? (factor == nil ? "none" : "linear")
    guard type != "none", let factor else { return nil }
    guard ["linear", "yarn", "dynamic"].contains(type) else {
      throw CheckpointError.unsupported(
        file: checkpoint.path,
        feature: "a folder with rotary scaling of type \"\(type)\""
      )
    }
    var found: [String: ConfigurationValue] = [
      "rope_type": .text(type), "factor": .number(shortest(factor)),
    ]
    if let original = try checkpoint.int(prefix + "scaling.original_context_length") {
      found["original_max_position_embeddings"] = .integer(original)
    }
    for (name, key) in [("yarn_beta_fast", "beta_fast"), ("yarn_beta_slow", "beta_slow")] {
      if let number = try checkpoint.float(prefix + "scaling." + name) {
        found[key] = .number(shortest(number))
      }
    }
    if type == "yarn", let ratio = try checkpoint.float(prefix + "scaling.attn_factor") {
      found["attention_factor"] = .number(Double(ratio) * (0.1 * log(Double(max(factor, 1))) + 1))
    }
    return found
  }

  /// Llama 3.1's scaling that gives each pair its factor, or nil if none does.
  ///
  /// Between the two wavelengths, (factor / f - 1) / (factor - 1) grows in a straight line with the frequency,
  /// from which both are found; only their ratio to the context counts, so the lower factor is 1.
  private static func llama3(
    _ factors: [Float],
    theta: Float,
    width: Int
  ) -> [String: ConfigurationValue]? {
    guard factors.count == width / 2, let factor = factors.max(), factor > 1 else { return nil }
    let points = factors.enumerated().compactMap { pair, found -> (x: Double, y: Double)? in
      guard found > 1, found < factor else { return nil }
      let frequency = 1 / pow(Double(theta), Double(2 * pair) / Double(width))
      let smooth = (Double(factor) / Double(found) - 1) / (Double(factor) - 1)
      return (frequency / (2 * .pi), smooth)
    }
    guard let first = points.first, let last = points.last else {
      return step(factors, theta: theta, width: width)
    }
    // A single point leaves the upper factor open: 4, as in all models known.
    let usual = -1.0 / 3
    let slope =
      first.x > last.x ? (first.y - last.y) / (first.x - last.x) : (first.y - usual) / first.x
    let intercept = first.y - slope * first.x
    guard slope > 0, intercept < 0 else { return nil }
    let high = 1 - 1 / intercept
    let context = (slope * (high - 1)).rounded()
    return checked(
      ["low_freq_factor": .number(1), "high_freq_factor": .number((high * 1000).rounded() / 1000)],
      context: context,
      factors,
      theta: theta
    )
  }

  /// The same where nothing is smoothed, as in Llama 4: every wavelength above the context is stretched.
  private static func step(
    _ factors: [Float],
    theta: Float,
    width: Int
  ) -> [String: ConfigurationValue]? {
    guard let pair = factors.firstIndex(where: { $0 != 1 }), pair > 0 else { return nil }
    func wavelength(_ pair: Int) -> Double {
      2 * .pi * pow(Double(theta), Double(2 * pair) / Double(width))
    }
    // Any number between the two says the same; contexts are powers of two.
    var context = 1.0
    while context <= wavelength(pair - 1), context < 1e9 { context *= 2 }
    if context >= wavelength(pair) { context = wavelength(pair - 1).rounded(.up) }
    return checked(
      ["low_freq_factor": .number(1), "high_freq_factor": .number(1)],
      context: context,
      factors,
      theta: theta
    )
  }

  /// The scaling with these numbers, or nil if reading it gives other factors.
  private static func checked(
    _ numbers: [String: ConfigurationValue],
    context: Double,
    _ factors: [Float],
    theta: Float
  ) -> [String: ConfigurationValue]? {
    var numbers = numbers
    numbers["rope_type"] = .text("llama3")
    numbers["factor"] = .number(shortest(factors.max() ?? 1))
    numbers["original_max_position_embeddings"] = .integer(Int(min(max(context, 1), 1e9)))
    let trial = ModelConfiguration(
      file: "",
      values: ["rope_scaling": .object(numbers), "rope_theta": .number(Double(theta))]
    )
    guard let rotary = try? RotaryConfiguration(trial),
      let again = try? rotary.llama3Factors(width: 2 * factors.count)
    else { return nil }
    let isSame = zip(factors, again).allSatisfy { abs($0 - $1) <= 1e-4 * $0 }
    return isSame ? numbers : nil
  }
}
