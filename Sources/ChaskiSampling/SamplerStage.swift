// Owns: the names of the stages between logits and draw, and their usual order.
// Not here: what each stage does.

/// A step between the logits and the draw, named as llama.cpp's users name it.
package enum SamplerStage: String, Sendable, Codable, CaseIterable {
  /// Repetition, frequency and presence penalties.
  case penalties
  /// The penalty against repeating sequences (DRY).
  case dry
  /// Keeps logits within n standard deviations of the largest.
  case topNSigma = "top_n_sigma"
  /// Keeps the k most probable tokens.
  case topK = "top_k"
  /// Keeps the locally typical tokens.
  case typicalP = "typ_p"
  /// Keeps the most probable tokens that together reach probability p.
  case topP = "top_p"
  /// Keeps tokens at least p times as probable as the most probable one.
  case minP = "min_p"
  /// Sometimes removes all but the least probable of the good choices (XTC).
  case xtc
  /// Divides the logits by the temperature, fixed or dynamic.
  case temperature

  /// The order that llama.cpp applies when the user names none.
  package static let usualOrder: [SamplerStage] = [
    .penalties, .dry, .topNSigma, .topK, .typicalP, .topP, .minP, .xtc, .temperature,
  ]

  /// Reads a list such as `top_k;top_p;temperature`; an empty list leaves every stage out.
  ///
  /// Throws `unknownStage` or `duplicateStage`.
  package static func order(parsing list: String) throws(SamplingError) -> [SamplerStage] {
    var order: [SamplerStage] = []
    for part in list.split(separator: ";") {
      let name = part.trimming(while: { $0 == " " })
      guard let stage = SamplerStage(rawValue: name) else {
        throw .unknownStage(name: name, known: usualOrder.map(\.rawValue))
      }
      guard !order.contains(stage) else { throw .duplicateStage(name: name) }
      order.append(stage)
    }
    return order
  }
}

extension Substring {
  /// The text without the characters at both ends that satisfy `isUnwanted`.
  fileprivate func trimming(while isUnwanted: (Character) -> Bool) -> String {
    var text = drop(while: isUnwanted)
    while let last = text.last, isUnwanted(last) { text.removeLast() }
    return String(text)
  }
}
