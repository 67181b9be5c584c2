// Owns: what a request's body holds, as /openapi.json tells it. Not here: the bodies of the routes (BodySchema+Bodies).

package import ChaskiChat

/// The fields of a request's body, with their types and an example.
///
/// It describes and checks nothing: what a route accepts is in the type that reads its body. A test sends the example to
/// each route, and a wrong value for each field.
package struct BodySchema: Sendable {
  /// What a field may be; null counts as absent.
  package enum Kind: Sendable, Equatable {
    /// A string.
    case text
    /// One of these strings.
    case word([String])
    /// True or false.
    case flag
    /// A whole number, this or more.
    case whole(from: Int)
    /// A number.
    case number
    /// An object.
    case object
    /// An array.
    case list
    /// A string or an array of strings.
    case texts
    /// A string, or an array of strings, of tokens, or of arrays of tokens.
    case prompts
    /// A value of one of these types, in JSON schema's words.
    case either(String, String)
  }

  /// A field.
  package struct Field: Sendable {
    /// Its name.
    package let name: String
    /// What it may be.
    package let kind: Kind
    /// Whether it has to be there.
    package var isRequired = false

    static func required(_ name: String, _ kind: Kind) -> Field {
      Field(name: name, kind: kind, isRequired: true)
    }

    static func optional(_ name: String, _ kind: Kind) -> Field { Field(name: name, kind: kind) }
  }

  /// The fields.
  package let fields: [Field]
  /// A body that is answered.
  package let example: JSONValue
  /// The media type of the reply as a stream, if it may be one.
  package var streamType: String?

  /// The schema, https://json-schema.org/draft/2020-12/schema.
  package var json: JSONValue {
    var properties = JSONObject()
    for field in fields { properties[field.name] = field.kind.json(isRequired: field.isRequired) }
    var object: JSONObject = ["type": "object", "properties": .object(properties)]
    let required = fields.filter(\.isRequired).map { JSONValue.string($0.name) }
    if !required.isEmpty { object["required"] = .array(required) }
    return .object(object)
  }
}

extension BodySchema.Kind {
  /// The field's schema; only what has to be there may not be null.
  func json(isRequired: Bool) -> JSONValue {
    var schema = JSONObject()
    var types = types
    if !isRequired { types.append("null") }
    schema["type"] = types.count == 1 ? types[0] : .array(types)
    switch self {
    case .word(let words):
      schema["enum"] = .array(words.map { .string($0) } + (isRequired ? [] : [.null]))
    case .whole(let least): if least != .min { schema["minimum"] = .int(least) }
    case .texts: schema["items"] = ["type": "string"]
    case .prompts: schema["items"] = ["type": ["string", "integer", "array"]]
    case .text, .flag, .number, .object, .list, .either: break
    }
    return .object(schema)
  }

  private var types: [JSONValue] {
    switch self {
    case .text, .word: ["string"]
    case .flag: ["boolean"]
    case .whole: ["integer"]
    case .number: ["number"]
    case .object: ["object"]
    case .list: ["array"]
    case .texts, .prompts: ["string", "array"]
    case .either(let one, let other): [.string(one), .string(other)]
    }
  }
}
