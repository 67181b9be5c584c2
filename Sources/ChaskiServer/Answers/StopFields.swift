// Owns: reading the texts at which an answer ends.

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
}
