// Owns: reading `options` of Ollama's requests. Source: Ollama's Modelfile reference, PARAMETER.

import ChaskiChat
package import ChaskiSampling
import ChaskiTokenizers

/// How Ollama's clients say how an answer is made.
package struct OllamaOptions: Sendable {
  /// How tokens are chosen.
  package let sampling: SamplingOptions
  /// The most tokens; nil until the context is full.
  package let maximumTokens: Int?
  /// Texts at which an answer ends.
  package let stopTexts: [String]

  /// Reads the field `options` of a request.
  ///
  /// - Throws: `ServerError`.
  package init(
    _ fields: RequestFields,
    for model: ServedModel,
    limits: ServerLimits
  ) throws(ServerError) {
    guard let options = try fields.fields("options") else {
      sampling = model.sampling
      maximumTokens = nil
      stopTexts = []
      return
    }
    var sampling = try options.sampling(for: model)
    // Ollama's default is -1, which takes a different seed each time.
    if options["seed"] == .int(-1) { sampling.seed = nil }
    self.sampling = sampling
    let count = try options.int("num_predict", in: -2 ... .max)
    maximumTokens = count.flatMap { $0 > 0 ? $0 : nil }
    stopTexts = try StopFields.texts(options, "stop", limits)
  }
}
