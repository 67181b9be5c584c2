// Owns: the texts at which an answer ends: reading them, and which of them came.

import ChaskiGeneration
import ChaskiTokenizers

/// Reads stop texts.
enum StopFields {
  /// The most bytes of one stop text.
  private static let byteLimit = 4096

  /// The texts of the field `key`.
  ///
  /// - Throws: `ServerError.field`.
  static func texts(
    _ fields: RequestFields,
    _ key: String,
    _ limits: ServerLimits
  ) throws(ServerError) -> [String] {
    let texts = try fields.strings(key, atMost: limits.stopCount) ?? []
    guard texts.allSatisfy({ $0.utf8.count <= byteLimit }) else {
      throw .field(fields.name(key), expected: "texts of at most \(byteLimit) bytes")
    }
    // An empty text would end every answer before it begins.
    return texts.filter { !$0.isEmpty }
  }

  /// Which of `texts` ended an answer, whose own text ends before it; nil if none did.
  static func found(
    _ texts: [String],
    in result: GenerationResult,
    _ tokenizer: Tokenizer
  ) -> String? {
    guard result.finishReason == .stop, !texts.isEmpty else { return nil }
    let whole = tokenizer.decode(result.tokens, skipSpecialTokens: true)
    let found = texts.compactMap { text in whole.firstRange(of: text).map { ($0, text) } }
    return found.min { $0.0.lowerBound < $1.0.lowerBound }?.1
  }
}
