// Owns: reading fields of a request's JSON, with errors that name the field.

package import ChaskiChat

/// The fields of a JSON object from a client.
///
/// `null` counts as absent; fields that nobody asks for are ignored.
package struct RequestFields: Sendable {
  /// The object.
  package let object: JSONObject
  private let path: String

  /// The fields of `object`, which stands at `path` in the request.
  package init(_ object: JSONObject, path: String = "") {
    self.object = object
    self.path = path
  }

  /// The fields of a whole request.
  ///
  /// - Throws: `ServerError.notUTF8`, `.malformedJSON`, `.notAnObject`.
  package init(body: some Sequence<UInt8>, depthLimit: Int) throws(ServerError) {
    guard let text = String(validating: body, as: UTF8.self) else { throw .notUTF8 }
    let value: JSONValue
    do throws(ChatError) {
      value = try JSONValue(parsing: text, depthLimit: depthLimit)
    } catch {
      throw .malformedJSON(error.description)
    }
    guard let object = value.object else { throw .notAnObject }
    self.init(object)
  }

  /// The field's name with the objects around it.
  package func name(_ key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }

  /// The value, unless it is absent or null.
  package subscript(key: String) -> JSONValue? {
    guard let value = object[key], value != .null else { return nil }
    return value
  }

  /// Refuses fields that are not in `known`, where a mistyped name must not go unnoticed.
  ///
  /// - Throws: `ServerError.unsupported`.
  package func refuseOthers(than known: [String]) throws(ServerError) {
    for key in object.keys where !known.contains(key) {
      throw .unsupported(
        field: name(String(key.prefix(100))),
        reason: "there are only \(known.joined(separator: ", "))."
      )
    }
  }

  /// A text.
  package func string(_ key: String) throws(ServerError) -> String? {
    guard let value = self[key] else { return nil }
    guard let string = value.string else { throw .field(name(key), expected: "a string") }
    return string
  }

  /// A text that has to be there.
  package func required(_ key: String) throws(ServerError) -> String {
    guard let string = try string(key) else { throw .missing(field: name(key)) }
    return string
  }

  /// A truth value.
  package func bool(_ key: String) throws(ServerError) -> Bool? {
    guard let value = self[key] else { return nil }
    guard case .bool(let bool) = value else { throw .field(name(key), expected: "true or false") }
    return bool
  }

  /// A whole number within `range`; 3.0 counts as 3.
  package func int(_ key: String, in range: ClosedRange<Int>) throws(ServerError) -> Int? {
    guard let value = self[key] else { return nil }
    guard let number = Self.int(value), range.contains(number) else {
      throw .field(name(key), expected: "a whole number" + Self.words(range))
    }
    return number
  }

  /// A number.
  package func double(_ key: String) throws(ServerError) -> Double? {
    guard let value = self[key] else { return nil }
    guard let number = Self.double(value) else {
      throw .field(name(key), expected: "a number")
    }
    return number
  }

  /// A list.
  package func array(_ key: String) throws(ServerError) -> [JSONValue]? {
    guard let value = self[key] else { return nil }
    guard let array = value.array else { throw .field(name(key), expected: "an array") }
    return array
  }

  /// The fields of an object.
  package func fields(_ key: String) throws(ServerError) -> RequestFields? {
    guard let value = self[key] else { return nil }
    guard let object = value.object else { throw .field(name(key), expected: "an object") }
    return RequestFields(object, path: name(key))
  }

  /// A text or a list of texts, at most `limit` of them.
  package func strings(_ key: String, atMost limit: Int) throws(ServerError) -> [String]? {
    guard let value = self[key] else { return nil }
    if let string = value.string { return [string] }
    var strings: [String] = []
    for element in value.array ?? [.null] {
      guard let string = element.string else {
        throw .field(name(key), expected: "a string or an array of strings")
      }
      strings.append(string)
    }
    guard strings.count <= limit else {
      throw .field(name(key), expected: "at most \(limit) strings")
    }
    return strings
  }

  /// The whole number that `value` is.
  package static func int(_ value: JSONValue) -> Int? {
    switch value {
    case .int(let number): number
    case .double(let number): Int(exactly: number)
    default: nil
    }
  }

  /// The number that `value` is.
  package static func double(_ value: JSONValue) -> Double? {
    switch value {
    case .int(let number): Double(number)
    case .double(let number): number
    default: nil
    }
  }

  private static func words(_ range: ClosedRange<Int>) -> String {
    switch (range.lowerBound, range.upperBound) {
    case (.min, .max): " of 64 bits"
    case (let least, .max): ", \(least) or more"
    case (let least, let most): ", from \(least) to \(most)"
    }
  }
}
