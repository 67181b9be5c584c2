// Owns: reading the host out of `Host` and `Origin`, and which hosts are this machine.

/// A host as headers and configuration name it.
package struct HostName: Sendable, Equatable {
  /// The name or address in lower case, without port and brackets.
  package let name: String

  /// The host of `text`: `example.org`, `example.org:80`, `[::1]:80` or `::1`.
  package init(_ text: String) {
    var rest = text[...]
    if rest.first == "[", let end = rest.firstIndex(of: "]") {
      rest = rest[rest.index(after: rest.startIndex)..<end]
    } else if let colon = rest.lastIndex(of: ":"), rest.firstIndex(of: ":") == colon {
      rest = rest[..<colon]
    }
    name = rest.lowercased()
  }

  /// Whether the host is always this machine.
  package var isLoopback: Bool {
    if name == "localhost" || name == "::1" || name.hasSuffix(".localhost") { return true }
    let parts = name.split(separator: ".", omittingEmptySubsequences: false)
    return parts.count == 4 && parts[0] == "127"
      && parts.allSatisfy { part in UInt8(part) != nil }
  }

  /// The `host[:port]` of an origin such as `https://example.org:8443`, or nil if it has none.
  package static func authority(ofOrigin origin: String) -> String? {
    guard let separator = origin.firstRange(of: "://") else { return nil }
    return String(origin[separator.upperBound...]).lowercased()
  }
}
