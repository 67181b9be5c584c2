// Owns: saying in one line why a JSON document cannot be used.

import Foundation

/// The reason a JSON document was refused.
enum JSONProblem {
  /// One clause, without the closing stop.
  static func sentence(for error: any Error) -> String {
    switch error {
    case DecodingError.keyNotFound(let key, let context):
      "\(place(context)) has no \"\(key.stringValue)\""
    case DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context):
      "\(place(context)) has the wrong type"
    case DecodingError.dataCorrupted(let context):
      context.codingPath.isEmpty ? "it is not valid JSON" : "\(place(context)) is not valid"
    case let error as HubError:
      error.description.hasSuffix(".") ? String(error.description.dropLast()) : error.description
    default:
      "it is not valid JSON"
    }
  }

  private static func place(_ context: DecodingError.Context) -> String {
    let path = context.codingPath.map { key in
      key.intValue.map { "[\($0)]" } ?? ".\(key.stringValue)"
    }
    let joined = path.joined()
    return joined.isEmpty
      ? "the document" : String(joined.hasPrefix(".") ? joined.dropFirst() : joined[...])
  }
}
