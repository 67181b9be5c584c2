// Owns: the body of POST /infill. Source: llama.cpp's server, /infill and /completion.

import ChaskiChat
import ChaskiGeneration
import ChaskiSampling
import ChaskiTokenizers

/// A gap to fill, as editors ask llama.cpp's server for it.
package struct InfillRequest: Sendable {
  /// The model's name; the first model if nil.
  package let model: String?
  /// The texts around the gap.
  package let prompt: InfillPrompt
  /// The most tokens, nil until the context is full; 0 only reads the prompt, for the next request.
  package let maximumTokens: Int?
  /// Texts at which the answer ends.
  package let stopTexts: [String]
  /// Whether the answer goes on where the model would end it.
  package let ignoresEndOfText: Bool
  /// Whether the answer comes as events.
  package let isStreamed: Bool
  /// Which fields of the reply are wanted, as paths; all if empty.
  package let wantedFields: [String]
  private let fields: RequestFields

  /// Reads a request.
  ///
  /// - Throws: `ServerError`.
  package init(_ fields: RequestFields, limits: ServerLimits) throws(ServerError) {
    model = try fields.string("model")
    var prompt = InfillPrompt(
      prefix: .text(try fields.required("input_prefix")),
      suffix: try fields.required("input_suffix")
    )
    prompt.beginning = try fields.string("prompt") ?? ""
    prompt.files = try Self.files(fields)
    self.prompt = prompt
    let limit = try fields.int("n_predict", in: -1 ... .max)
    let otherLimit = try fields.int("max_tokens", in: -1 ... .max)
    maximumTokens = (limit ?? otherLimit).flatMap { $0 < 0 ? nil : $0 }
    stopTexts = try StopFields.texts(fields, "stop", limits)
    ignoresEndOfText = try fields.bool("ignore_eos") ?? false
    isStreamed = try fields.bool("stream") ?? false
    wantedFields = try fields.strings("response_fields", atMost: 64) ?? []
    self.fields = try Self.withoutInfillSampler(fields)
  }

  private static func files(_ fields: RequestFields) throws(ServerError) -> [InfillPrompt.File] {
    var files: [InfillPrompt.File] = []
    for (index, element) in try fields.array("input_extra")?.enumerated() ?? [].enumerated() {
      guard let object = element.object else {
        throw .field("input_extra[\(index)]", expected: "an object with a text")
      }
      let own = RequestFields(object, path: "input_extra[\(index)]")
      let name = try own.string("filename") ?? "file"
      files.append(InfillPrompt.File(name: name, text: try own.required("text")))
    }
    return files
  }

  /// llama.cpp has a sampler named so, which editors ask for; it ends doubtful answers, which others of its list do too.
  private static func withoutInfillSampler(
    _ fields: RequestFields
  ) throws(ServerError) -> RequestFields {
    guard let names = try fields.strings("samplers", atMost: 64) else { return fields }
    let known = names.filter { $0 != "infill" }
    var object = fields.object
    object["samplers"] = known.isEmpty ? .null : .array(known.map { .string($0) })
    return RequestFields(object)
  }

  /// What the engine is asked.
  ///
  /// - Throws: `ServerError.notAvailable` for a model that cannot fill gaps, and others.
  package func plan(_ model: ServedModel) throws(ServerError) -> AnswerPlan {
    guard let tokens = prompt.tokens(model.tokenizer) else {
      throw .notAvailable("The vocabulary of \(model.id) has no tokens for filling gaps.")
    }
    let sampling = try fields.sampling(for: model)
    var request = GenerationRequest(prompt: tokens, sampling: sampling)
    request.maximumTokens = maximumTokens
    request.stopTexts = stopTexts
    request.ignoresEndOfText = ignoresEndOfText
    request.continuesText = true
    let plan = AnswerPlan(model: model, request: request)
    try plan.validate(promptField: "input_prefix")
    return plan
  }
}
