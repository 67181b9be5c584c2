// Owns: how a key is shown.

import ChaskiTenants
import Foundation

/// A key as the commands print it; its secret only when it was just made.
struct ListedKey: Encodable {
  let id: Int64
  let team: String
  let prefix: String
  let label: String
  let scopes: [String]
  let priority: Int?
  let created: Date
  let lastUsed: Date?
  let expires: Date?
  let revoked: Date?
  let secret: String?

  init(_ key: APIKey, secret: String? = nil) {
    id = key.id
    team = key.team
    prefix = key.prefix
    label = key.settings.label
    scopes = key.settings.scopes.map(\.rawValue).sorted()
    priority = key.settings.priority
    created = key.created
    lastUsed = key.lastUsed
    expires = key.settings.expires
    revoked = key.revoked
    self.secret = secret
  }
}
