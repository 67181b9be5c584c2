// Owns: the names of the files in one model's folder.

import Crypto
import Foundation

/// The folder of one model, installed or on its way.
///
/// A model is installed when its manifest is there; the manifest is the last thing that is written.
struct ModelDirectory: Sendable {
  /// The model's name.
  let name: String
  /// The folder.
  let url: URL
  /// The file whose lock says who works on the model; it outlives the folder.
  let lock: URL

  /// Where a model has its folder below the store's.
  init(name: String, store: URL) {
    self.name = name
    let folder = Self.folderName(for: name)
    url = store.appending(path: folder, directoryHint: .isDirectory)
    lock = store.appending(path: ".locks").appending(path: folder + ".lock")
  }

  // Readable, bounded, and different for different names.
  static func folderName(for name: String) -> String {
    let readable = name.utf8.suffix(60).map { byte in
      NameRules.isWord(String(UnicodeScalar(byte)), maximumLength: 1) || byte == UInt8(ascii: ".")
        ? byte : UInt8(ascii: "-")
    }
    var sum = Checksum()
    sum.update(Array(name.utf8))
    let stem = String(decoding: readable.drop { $0 == 45 || $0 == 46 }, as: UTF8.self)
    return "\(stem)-\(sum.hexadecimal.prefix(12))"
  }

  /// What is known of the installed model.
  var manifest: URL { url.appending(path: "manifest.json") }

  /// Where pip works.
  var scratch: URL { url.appending(path: "pip.partial", directoryHint: .isDirectory) }

  /// An installed file.
  func file(_ name: String) -> URL { url.appending(path: name) }

  /// A file that is not complete yet.
  func partial(_ name: String) -> URL { url.appending(path: name + ".partial") }

  /// Gives a complete file its name.
  ///
  /// The manifest of what was installed before goes first: from here on it would describe another file.
  func install(_ file: URL, as name: String) throws(HubError) {
    try FileAccess.remove(manifest)
    try FileAccess.move(file, to: self.file(name))
  }

  /// What is known of a file that is not complete yet.
  func partialState(_ name: String) -> URL { url.appending(path: name + ".partial.json") }
}
