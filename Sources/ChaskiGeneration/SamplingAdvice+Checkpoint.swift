// Owns: reading from a checkpoint how its makers would choose tokens. Does not own: what comes of it.

package import ChaskiCheckpoints
import ChaskiFiles
import ChaskiModels
package import ChaskiSampling

extension SamplingAdvice {
  /// What `checkpoint` says in its keys `general.sampling.*`, which a folder has from its
  /// `generation_config.json`.
  ///
  /// - Throws: `FileError` for a key of another type than it should have, `ModelError.invalidHyperparameter` for
  ///   a value that makes no sense.
  package static func of(_ checkpoint: any Checkpoint) throws -> SamplingAdvice {
    var advice = SamplingAdvice()
    advice.temperature = try number("temp", of: checkpoint)
    advice.topK = try checkpoint.int("general.sampling.top_k").map { max($0, 0) }
    advice.topP = try number("top_p", of: checkpoint)
    advice.minP = try number("min_p", of: checkpoint)
    advice.xtcProbability = try number("xtc_probability", of: checkpoint)
    advice.xtcThreshold = try number("xtc_threshold", of: checkpoint)
    advice.repeatLastN = try checkpoint.int("general.sampling.penalty_last_n")
    advice.repeatPenalty = try number("penalty_repeat", of: checkpoint)
    do throws(SamplingError) {
      _ = try advice.options.validated()
    } catch {
      guard case .optionOutOfRange(let option, let value, let allowed) = error else { throw error }
      throw ModelError.invalidHyperparameter(
        key: "general.sampling." + (keys[option] ?? option),
        value: value,
        reason: "where it must be \(allowed)",
        file: checkpoint.path
      )
    }
    return advice
  }

  /// GGUF's names of the options that have another one here.
  private static let keys = [
    "temperature": "temp", "topK": "top_k", "topP": "top_p", "minP": "min_p",
    "xtcProbability": "xtc_probability", "xtcThreshold": "xtc_threshold",
    "repeatLastN": "penalty_last_n", "repeatPenalty": "penalty_repeat",
  ]

  /// A number as its shortest decimal digits say it: 0.2, where float32 holds 0.200000003.
  private static func number(_ key: String, of checkpoint: any Checkpoint) throws -> Double? {
    try checkpoint.float("general.sampling." + key).flatMap { Double("\($0)") }
  }
}
