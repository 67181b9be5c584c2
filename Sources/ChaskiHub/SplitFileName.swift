// Owns: the names of the parts of a model that is split over several files.

/// A name such as `model-00002-of-00003.gguf`.
///
/// Source: llama.cpp's gguf-split, <https://github.com/ggml-org/llama.cpp/tree/master/tools/gguf-split>.
package struct SplitFileName: Equatable {
  /// What precedes `-00002-of-00003.gguf`, with the folders.
  package let stem: String
  /// Which part it is, from 1.
  package let part: Int
  /// How many parts there are.
  package let count: Int

  /// Reads a path; nil when it does not name a part.
  package init?(_ path: String) {
    guard let match = path.wholeMatch(of: /(.+)-([0-9]{5})-of-([0-9]{5})\.(?i:gguf)/),
      let part = Int(match.2), let count = Int(match.3), part >= 1, part <= count
    else { return nil }
    stem = String(match.1)
    self.part = part
    self.count = count
  }
}
