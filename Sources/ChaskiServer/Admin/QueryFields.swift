// Owns: reading a request's query, with errors that name the field.

import Hummingbird

/// The query of an administrator's request: a name that is not known is refused, so that a mistyped restriction never
/// widens a report.
struct QueryFields: Sendable {
  private var values: [String: [String]] = [:]

  /// The query of `request`, which may use the names in `known`.
  ///
  /// - Throws: `ServerError.unsupported` for other names.
  init(_ request: Request, known: [String]) throws(ServerError) {
    for (name, value) in request.uri.queryParameters {
      let name = String(name)
      guard known.contains(name) else {
        throw .unsupported(
          field: String(name.prefix(100)),
          reason: "there are only \(known.joined(separator: ", "))."
        )
      }
      values[name, default: []].append(String(value))
    }
  }

  /// The one value of a name.
  func string(_ name: String) throws(ServerError) -> String? {
    guard let found = values[name] else { return nil }
    guard found.count == 1 else { throw .field(name, expected: "given once") }
    return found[0]
  }

  /// The values of a name that may be repeated, or have commas between them.
  func strings(_ name: String) -> [String] {
    (values[name] ?? []).flatMap { $0.split(separator: ",").map(String.init) }
  }

  /// A whole number within `range`.
  func int(_ name: String, in range: ClosedRange<Int64>) throws(ServerError) -> Int64? {
    guard let text = try string(name) else { return nil }
    guard let number = Int64(text), range.contains(number) else {
      let words =
        range.upperBound == .max
        ? "\(range.lowerBound) or more" : "from \(range.lowerBound) to \(range.upperBound)"
      throw .field(name, expected: "a whole number, \(words)")
    }
    return number
  }

  /// `true` or `false`.
  func bool(_ name: String) throws(ServerError) -> Bool? {
    switch try string(name) {
    case nil: return nil
    case "true": return true
    case "false": return false
    default: throw .field(name, expected: "true or false")
    }
  }
}
