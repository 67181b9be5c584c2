// Owns: where a hub is, which addresses belong to it, and the addresses of its pages.

import Foundation

/// The address of a Hugging Face-style hub.
package struct HubAddress: Sendable, Hashable {
  /// Scheme, host and port: what must be equal for a token to be sent.
  struct Origin: Sendable, Hashable {
    let scheme: String
    let host: String
    let port: Int

    // Nil for what is not an absolute http or https address.
    init?(_ components: URLComponents) {
      guard let scheme = components.scheme?.lowercased(), ["http", "https"].contains(scheme),
        let host = components.host?.lowercased(), !host.isEmpty
      else { return nil }
      self.scheme = scheme
      self.host = host
      port = components.port ?? (scheme == "https" ? 443 : 80)
    }

    var isLoopback: Bool {
      host == "localhost" || host == "::1" || host == "[::1]" || host.hasPrefix("127.")
    }
  }

  /// The address as text, without a closing slash.
  package let text: String
  let origin: Origin

  /// The hub that most open models are on.
  package static let standard = "https://huggingface.co"

  /// Reads an address such as `https://hub.example/models`.
  ///
  /// - Throws: `HubError.invalidAddress` unless it is an http or https address without user, query or fragment.
  package init(_ text: String) throws(HubError) {
    guard text.utf8.count <= 1000, text.unicodeScalars.allSatisfy(NameRules.isHarmless),
      let components = URLComponents(string: text), let origin = Origin(components)
    else { throw .invalidAddress(text: String(text.prefix(200)), reason: "write https://HOST") }
    guard components.user == nil, components.password == nil else {
      throw .invalidAddress(text: origin.host, reason: "it must not hold a name or password")
    }
    guard components.query == nil, components.fragment == nil else {
      throw .invalidAddress(text: text, reason: "it must not have a query or fragment")
    }
    var trimmed = text
    while trimmed.hasSuffix("/") { trimmed.removeLast() }
    self.text = trimmed
    self.origin = origin
  }

  /// Where the hub tells what a repository holds.
  func listing(of model: HubModel) -> String {
    let revision = NameRules.percentEncoded(model.revision ?? "main")
    return "\(text)/api/models/\(Self.path(model))/revision/\(revision)?blobs=true"
  }

  /// Where the hub gives a file.
  func file(_ file: String, of model: HubModel, revision: String) -> String {
    let parts = file.split(separator: "/").map { NameRules.percentEncoded($0) }
    let revision = NameRules.percentEncoded(revision)
    return "\(text)/\(Self.path(model))/resolve/\(revision)/\(parts.joined(separator: "/"))"
  }

  private static func path(_ model: HubModel) -> String {
    "\(NameRules.percentEncoded(model.owner))/\(NameRules.percentEncoded(model.repository))"
  }
}
