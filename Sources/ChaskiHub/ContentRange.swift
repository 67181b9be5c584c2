// Owns: reading the header that says which bytes an answer holds.

/// A `Content-Range` of bytes (RFC 9110, section 14.4).
package struct ContentRange: Equatable {
  /// The first byte's place.
  package let start: Int64
  /// The last byte's place.
  package let end: Int64
  /// The length of the whole, where the host tells.
  package let total: Int64?

  /// Reads `bytes 100-199/200`.
  ///
  /// - Throws: `HubError.malformedReply`.
  package init(_ text: String?, host: String) throws(HubError) {
    guard
      let match = (text ?? "").wholeMatch(
        of: /bytes ([0-9]{1,18})-([0-9]{1,18})\/([0-9]{1,18}|\*)/
      ),
      let start = Int64(match.1), let end = Int64(match.2), start <= end
    else { throw .malformedReply(host: host, reason: "a partial answer without its range") }
    total = Int64(match.3)
    if let total, end >= total {
      throw .malformedReply(host: host, reason: "a range beyond the end")
    }
    self.start = start
    self.end = end
  }
}
