// Owns: the objects of /infill's answers, whole or as events. Source: llama.cpp's server, /completion.

package import ChaskiChat
import ChaskiGeneration
import ChaskiTokenizers

/// Writes what fills a gap.
package struct InfillReply: StreamFormat {
  package static let mediaType = "text/event-stream"

  private let model: ServedModel
  private let stopTexts: [String]
  private let wantedFields: [String]
  private let promptTokenCount: Int
  private var tokenCount = 0

  /// The answer of `model` to `request`, whose prompt has `promptTokenCount` tokens.
  package init(_ request: InfillRequest, model: ServedModel, promptTokenCount: Int) {
    self.model = model
    stopTexts = request.stopTexts
    wantedFields = request.wantedFields
    self.promptTokenCount = promptTokenCount
  }

  package mutating func begin() -> String { "" }

  package mutating func text(
    for update: ChoiceReader.Update,
    of choice: Int,
    reader: ChoiceReader
  ) throws -> String {
    guard !update.text.isEmpty else { return "" }
    return try EventText.data(
      [
        "index": 0, "content": .string(update.text), "stop": false, "id_slot": -1,
        "tokens_evaluated": .int(promptTokenCount),
      ]
    )
  }

  package mutating func end(readers: [ChoiceReader], usage: AnswerUsage) throws -> String {
    guard let result = readers.first?.result else { return "" }
    return try EventText.data(json(text: "", result))
  }

  package mutating func failure(_ error: ServerError, requestID: String) throws -> String {
    try EventText.data(APIDialect.native.body(of: error, requestID: requestID))
  }

  /// The whole answer.
  package func json(_ reader: ChoiceReader) -> JSONValue {
    guard let result = reader.result else { return [:] }
    return json(text: reader.text, result)
  }

  private func json(text: String, _ result: GenerationResult) -> JSONValue {
    let statistics = result.statistics
    let word = StopFields.found(stopTexts, in: result, model.tokenizer)
    let whole: JSONValue = [
      "index": 0, "content": .string(text), "stop": true, "id_slot": -1,
      "model": .string(model.id), "tokens_predicted": .int(statistics.generatedTokenCount),
      "tokens_evaluated": .int(promptTokenCount), "truncated": false,
      "stop_type": .string(Self.stopType(result, word)), "stopping_word": .string(word ?? ""),
      "tokens_cached": .int(statistics.cachedTokenCount), "timings": Self.timings(statistics),
    ]
    return wantedFields.isEmpty ? whole : Self.part(of: whole, wantedFields)
  }

  private static func stopType(_ result: GenerationResult, _ word: String?) -> String {
    switch result.finishReason {
    case .length, .context: "limit"
    case .stop: word == nil ? "eos" : "word"
    case .cancelled: "none"
    }
  }

  private static func timings(_ statistics: GenerationStatistics) -> JSONValue {
    func milliseconds(_ duration: Duration) -> JSONValue { .double(duration / .milliseconds(1)) }
    return [
      "cache_n": .int(statistics.cachedTokenCount),
      "prompt_n": .int(statistics.promptTokenCount - statistics.cachedTokenCount),
      "prompt_ms": milliseconds(statistics.prefillDuration),
      "prompt_per_second": .double(statistics.prefillRate),
      "predicted_n": .int(statistics.generatedTokenCount),
      "predicted_ms": milliseconds(statistics.decodeDuration),
      "predicted_per_second": .double(statistics.decodeRate),
    ]
  }

  /// The values at `paths`, such as `timings/prompt_n`, under the paths as names.
  private static func part(of json: JSONValue, _ paths: [String]) -> JSONValue {
    var object = JSONObject()
    for path in paths {
      var value: JSONValue? = json
      for key in path.split(separator: "/") { value = value?[String(key)] }
      if let value { object[path] = value }
    }
    return .object(object)
  }
}
