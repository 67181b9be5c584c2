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
  /// - Throws: `CheckpointError.unsupported` for factors of pairs that are not Llama 3's, or what reading a key
  ///   throws.
  static func entries(
    of checkpoint: any Checkpoint,
    headWidth: Int
  ) throws -> [(key: String, value: ConfigurationValue)] {
    let prefix = checkpoint.architecture + ".rope."
    let theta = try checkpoint.float(prefix + "freq_base") ?? 10_000
    let width = try checkpoint.int(prefix + "dimension_count") ?? headWidth
    guard width == headWidth else {
      throw CheckpointError.unsupported(
        file: checkpoint.path,
        feature: "a folder whose heads are rotated in part"
      )
    }
    var entries: [(key: String, value: ConfigurationValue)] = [
      ("rope_theta", .number(shortest(theta)))
    ]
    let scaling = try scaling(of: checkpoint, prefix: prefix, theta: theta, width: width)
    if let scaling { entries.append(("rope_scaling", .object(scaling))) }
    return entries
  }

  private static func scaling(
    of checkpoint: any Checkpoint,
    prefix: String,
    theta: Float,
    width: Int
  ) throws -> [String: ConfigurationValue]? {
    if let tensor = checkpoint.tensor("rope_freqs.weight") {
      let bytes = checkpoint.bytes(of: tensor)
      // Bytes have no padding, so every one of them may be read.
      let factors = try dequantize(unsafe bytes.span.bytes, type: tensor.type, name: tensor.name)
      guard let found = llama3(factors, theta: theta, width: width) else {
        throw CheckpointError.unsupported(
          file: checkpoint.path,
          feature: "a folder with other rotary factors than Llama 3's"
        )
      }
      return found
    }
    let type = try checkpoint.string(prefix + "scaling.type") ?? "none"
    guard type != "none", let factor = try checkpoint.float(prefix + "scaling.factor") else {
      return nil
    }
    var found: [String: ConfigurationValue] = [
      "rope_type": .text(type), "factor": .number(shortest(factor)),
    ]
    guard type == "linear" || type == "yarn" || type == "dynamic" else {
      throw CheckpointError.unsupported(
        file: checkpoint.path,
        feature: "a folder with rotary scaling of type \"\(type)\""
      )
    }
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
    guard let first = points.first, let last = points.last else { return nil }
    // A single point leaves the upper factor open: 4, as in all models known.
    let usual = -1.0 / 3
    let slope =
      first.x > last.x ? (first.y - last.y) / (first.x - last.x) : (first.y - usual) / first.x
    let intercept = first.y - slope * first.x
    guard slope > 0, intercept < 0 else { return nil }
    let high = 1 - 1 / intercept
    let context = (slope * (high - 1)).rounded()
    let numbers: [String: ConfigurationValue] = [
      "rope_type": .text("llama3"), "factor": .number(shortest(factor)),
      "low_freq_factor": .number(1), "high_freq_factor": .number((high * 1000).rounded() / 1000),
      "original_max_position_embeddings": .integer(Int(min(max(context, 1), 1e9))),
    ]
    let trial = ModelConfiguration(
      file: "",
      values: ["rope_scaling": .object(numbers), "rope_theta": .number(Double(theta))]
    )
    guard let rotary = try? RotaryConfiguration(trial),
      let again = try? rotary.llama3Factors(width: width)
    else { return nil }
    let isSame = zip(factors, again).allSatisfy { abs($0 - $1) <= 1e-4 * $0 }
    return isSame ? numbers : nil
  }
}
