// Owns: what every object of one of OpenAI's replies begins with.

import ChaskiChat

/// The head that every object of one reply shares.
package struct CompletionHead: Sendable {
  /// The reply's id.
  package let id: String
  /// When it was begun, in seconds since 1970.
  package let created: Int
  /// The model.
  package let model: ServedModel

  /// The head of a reply of `model`, whose id begins with `prefix`.
  package init(prefix: String, created: Int, model: ServedModel) {
    id = RequestIdentifier.new(prefix)
    self.created = created
    self.model = model
  }

  /// The fields that come first in every object.
  func object(_ kind: String) -> JSONObject {
    var object = JSONObject()
    object["id"] = .string(id)
    object["object"] = .string(kind)
    object["created"] = .int(created)
    object["model"] = .string(model.id)
    object["system_fingerprint"] = .string(model.systemFingerprint)
    return object
  }
}
