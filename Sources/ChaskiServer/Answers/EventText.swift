// Owns: the text of server-sent events. Source: https://html.spec.whatwg.org/multipage/server-sent-events.html.

package import ChaskiChat

/// Writes server-sent events; JSON on one line needs no escaping there.
package enum EventText {
  /// What OpenAI's streams end with.
  package static let done = "data: [DONE]\n\n"

  /// An event without a name.
  package static func data(_ json: JSONValue) throws -> String {
    "data: " + (try json.jsonText()) + "\n\n"
  }

  /// An event named `name`.
  package static func event(_ name: String, _ json: JSONValue) throws -> String {
    "event: " + name + "\ndata: " + (try json.jsonText()) + "\n\n"
  }
}
