// Owns: one file of the web page.

/// A file of the web page, which is part of the program.
struct PageFile: Sendable {
  /// Where it is asked for.
  let path: String
  /// What it holds.
  let bytes: [UInt8]
  /// Its media type.
  let mediaType: String
  /// Changes with the bytes.
  let tag: String

  /// A file at `path`.
  init(_ path: String, _ bytes: [UInt8], _ mediaType: String) {
    self.path = path
    self.bytes = bytes
    self.mediaType = mediaType
    // FNV-1a, 64 bits: it tells versions of one file apart and keeps no secret.
    let hash = bytes.reduce(0xcbf2_9ce4_8422_2325 as UInt64) {
      ($0 ^ UInt64($1)) &* 0x100_0000_01b3
    }
    tag = "\"\(String(hash, radix: 16))\""
  }
}
